-- The content of attachments, fetched by address and served to staff only; and since when a remark says what it says.

-- One file of one message. `content` comes last: SQLite reads the columns before it without walking through it.
create table files (
    id blob not null,
    message_id blob not null references messages (id),
    n integer not null,
    url text not null,
    kind text not null,
    name text,
    state text not null,
    media_type text,
    size integer,
    sha256 text,
    failure text,
    created_at integer not null,
    settled_at integer,
    content blob,
    primary key (id),
    unique (message_id, url)
);

-- What may one day be forgotten.
create index files_kept on files (settled_at) where state = 'kept';

alter table remarks add column text_at integer;
