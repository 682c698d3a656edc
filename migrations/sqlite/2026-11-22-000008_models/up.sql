-- What staff decided, and what was learned from it.

-- One row for each decision of staff on what a message is about, what it is, or how urgent; a column that is null was not decided.
-- The text is that of the incident.
create table lessons (
    n integer primary key autoincrement not null,
    incident_id blob not null references incidents (id),
    topic text,
    kind text,
    severity integer,
    by text not null,
    at integer not null
);

-- Models by rising version. `lesson`: the last lesson that it was trained on. `bytes` comes last: SQLite reads the columns before it
-- without walking through it; it is null once the model is too old to be brought back.
create table models (
    version integer not null,
    head text not null,
    state text not null,
    trained_at integer not null,
    trained_by text not null,
    examples integer not null,
    lesson integer not null,
    policy_version integer not null,
    figures text not null,
    reason text,
    bytes blob,
    primary key (version)
);

create unique index models_active on models (head) where state = 'active';
