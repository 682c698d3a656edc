-- Where a place is known from; likeness of incidents, what was judged of it, and bursts.

alter table incidents add column okrug text;
alter table incidents add column place_origin text not null default 'none';
update incidents set place_origin = 'message' where street is not null or settlement is not null or lat is not null;

-- Perceptual hashes of pictures. Beside `files` and not in it: on SQLite a column behind the content would be read through it.
create table pictures (
    file_id uuid not null references files (id) on delete cascade,
    hash bigint not null,
    primary key (file_id)
);

-- Incidents to be looked at for likeness: new ones, and those of which something changed.
create table likeness_queue (
    incident_id uuid not null references incidents (id) on delete cascade,
    since timestamptz not null,
    lease uuid,
    leased_until timestamptz,
    primary key (incident_id)
);

create index likeness_queue_since on likeness_queue (since, incident_id);

-- The keys under which incidents are found that may be alike.
create table likeness_keys (
    incident_id uuid not null references incidents (id) on delete cascade,
    key bigint not null,
    at timestamptz not null,
    primary key (incident_id, key)
);

create index likeness_keys_newest on likeness_keys (key, at, incident_id);

-- Pairs that are probably about one problem; of the two the one with the lower identity comes first.
create table likenesses (
    incident_id uuid not null references incidents (id) on delete cascade,
    other_id uuid not null references incidents (id) on delete cascade,
    score double precision not null,
    relation text not null,
    reasons jsonb not null,
    features jsonb not null,
    learnt bigint not null,
    state text not null,
    at timestamptz not null,
    settled_by text,
    settled_at timestamptz,
    primary key (incident_id, other_id)
);

create index likenesses_other on likenesses (other_id);

-- What people said of pairs; without features until these were computed.
create table judgements (
    id uuid not null,
    incident_id uuid not null references incidents (id) on delete cascade,
    other_id uuid not null references incidents (id) on delete cascade,
    features jsonb,
    same boolean not null,
    by text not null,
    at timestamptz not null,
    primary key (id),
    unique (incident_id, other_id)
);

create index judgements_unread on judgements (id) where features is null;

-- How many residents complained in an hour, counted from 1970.
create table hourly (
    topic_group text not null,
    municipality text not null,
    hour bigint not null,
    complaints integer not null,
    primary key (topic_group, municipality, hour)
);

create index hourly_hour on hourly (hour);

-- More complaints than usual: proposals of mass incidents. At most one of a series stands, whatever was decided about it.
create table bursts (
    id uuid not null,
    topic_group text not null,
    municipality text not null,
    topic text,
    state text not null,
    since timestamptz not null,
    hours integer not null,
    expected double precision not null,
    seen integer not null,
    p double precision not null,
    last_high timestamptz not null,
    raised_at timestamptz not null,
    ended_at timestamptz,
    parent_id uuid references incidents (id) on delete cascade,
    settled_by text,
    settled_at timestamptz,
    primary key (id)
);

create unique index bursts_standing on bursts (topic_group, municipality) where ended_at is null;
create index bursts_state on bursts (state, id);

create table burst_incidents (
    burst_id uuid not null references bursts (id) on delete cascade,
    incident_id uuid not null references incidents (id) on delete cascade,
    primary key (burst_id, incident_id)
);

create index burst_incidents_incident on burst_incidents (incident_id);

insert into likeness_queue (incident_id, since) select id, received_at from incidents where step <> 'closed';

insert into hourly (topic_group, municipality, hour, complaints)
select topic_group, municipality, floor(extract(epoch from received_at) / 3600)::bigint, count(distinct (network, author_key))
from incidents where topic_group is not null group by 1, 2, 3;
