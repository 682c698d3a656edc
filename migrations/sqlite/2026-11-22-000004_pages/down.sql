drop index messages_post;
drop table remarks;
drop table collections;
drop table consents;
drop table heard;
drop table pages;
