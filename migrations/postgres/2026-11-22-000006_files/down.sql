alter table remarks drop column text_at;
drop table files;
