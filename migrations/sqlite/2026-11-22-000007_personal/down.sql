drop table disclosures;
alter table incidents drop column personal;
alter table messages drop column personal;
