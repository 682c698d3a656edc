-- What the moderators' desk needs: who has which card before them, what they put off, what they decided and can take back.

-- A card that a moderator has before them, until an instant of the machine's clock; renewed while they look.
create table holds (
    incident_id blob not null references incidents (id) on delete cascade,
    staff_id blob not null references staff (id) on delete cascade,
    until integer not null,
    primary key (incident_id)
);

create index holds_staff on holds (staff_id);
create index holds_until on holds (until);

-- A card that a moderator wants to see later.
create table put_offs (
    staff_id blob not null references staff (id) on delete cascade,
    incident_id blob not null references incidents (id) on delete cascade,
    until integer not null,
    primary key (staff_id, incident_id)
);

create index put_offs_incident on put_offs (incident_id);
create index put_offs_until on put_offs (until);

-- One decision about all that fitted a filter.
create table batches (
    id blob not null,
    staff_id blob not null references staff (id) on delete cascade,
    filter text not null,
    decision text not null,
    state text not null,
    total integer not null,
    done integer not null,
    refused integer not null,
    undone integer not null,
    ordered_at integer not null,
    finished_at integer,
    primary key (id)
);

create index batches_staff on batches (staff_id, id);

-- A decision of the desk, with what the incident was before, as long as it can be taken back. `at` is of the machine's clock.
create table decisions (
    id blob not null,
    staff_id blob not null references staff (id) on delete cascade,
    batch_id blob references batches (id) on delete cascade,
    incident_id blob not null references incidents (id) on delete cascade,
    decision text not null,
    state text not null,
    why text,
    seen integer,
    version integer,
    before text,
    at integer not null,
    primary key (id)
);

create index decisions_batch on decisions (batch_id, state, id) where batch_id is not null;
create index decisions_incident on decisions (incident_id);
create index decisions_at on decisions (at);
create index decisions_staff on decisions (staff_id);

-- The live view asks what changed since it last looked.
create index incidents_changed on incidents (changed_at);
