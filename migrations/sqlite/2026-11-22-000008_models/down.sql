drop table lessons;
drop table models;
