drop index jobs_ready;
create index jobs_ready on jobs (run_at) where state = 'ready';
drop table notices;
alter table staff drop column notices_off;
alter table staff drop column email;
