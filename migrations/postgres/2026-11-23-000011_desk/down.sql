drop index incidents_changed;
drop table decisions;
drop table batches;
drop table put_offs;
drop table holds;
