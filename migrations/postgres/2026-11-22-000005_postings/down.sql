alter table answers drop column sent_at;
alter table answers drop column via;
drop table paces;
drop table postings;
