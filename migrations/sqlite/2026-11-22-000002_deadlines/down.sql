drop table recomputations;
drop index clocks_running;
alter table clocks drop column warned;
alter table clocks drop column wake_at;
alter table clocks drop column matched;
alter table clocks drop column history;
create index clocks_running on clocks (due_at) where state = 'running';
