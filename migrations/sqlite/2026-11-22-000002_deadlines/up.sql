-- What happened to a clock after it began; null while nothing has.
alter table clocks add column history text;
-- How closely its term fitted.
alter table clocks add column matched text not null default '';
-- The next moment at which something is to be done about it: a reminder, or the due time.
alter table clocks add column wake_at integer not null default 0;
-- How many reminders have been given.
alter table clocks add column warned integer not null default 0;
update clocks set wake_at = due_at;
drop index clocks_running;
-- The sweep: running clocks by the moment they wake, nothing else.
create index clocks_running on clocks (wake_at) where state = 'running';

-- Orders to compute the deadlines of open incidents anew.
create table recomputations (
    id blob not null,
    policy_version integer not null,
    ordered_by text not null,
    ordered_at integer not null,
    reached integer not null,
    looked_at integer not null,
    moved integer not null,
    finished_at integer,
    primary key (id)
);
