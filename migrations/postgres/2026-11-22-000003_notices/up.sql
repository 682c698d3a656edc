-- What staff should hear of: who, of what, from when on. The unique key makes each step reach a person once.

alter table staff add column email text;
-- The kinds of notices that the member wants no letters of, divided by spaces.
alter table staff add column notices_off text not null default '';

create table notices (
    id uuid not null,
    staff_id uuid not null references staff (id),
    kind text not null,
    incident_id uuid not null references incidents (id),
    number bigint not null,
    clock text not null,
    cycle integer not null,
    step integer not null,
    due_at timestamptz not null,
    state text not null,
    created_at timestamptz not null,
    send_after timestamptz not null,
    letter uuid,
    settled_at timestamptz,
    failure text,
    primary key (id),
    unique (staff_id, incident_id, clock, cycle, step, due_at)
);

create index notices_staff on notices (staff_id, id);
create index notices_incident on notices (incident_id);
-- What no letter was ordered for yet; what each letter says.
create index notices_waiting on notices (send_after) where letter is null;
-- Who has a letter under way.
create index notices_under_way on notices (staff_id, kind) where state = 'waiting';
create index notices_letter on notices (letter) where letter is not null;

-- Each kind of job is leased by itself, so that those of one kind never stand in the way of another's.
drop index jobs_ready;
create index jobs_ready on jobs (kind, run_at) where state = 'ready';
