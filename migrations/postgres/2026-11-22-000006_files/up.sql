-- The content of attachments, fetched by address and served to staff only; and since when a remark says what it says.

-- One file of one message. `content` comes last: SQLite reads the columns before it without walking through it.
create table files (
    id uuid not null,
    message_id uuid not null references messages (id),
    n integer not null,
    url text not null,
    kind text not null,
    name text,
    state text not null,
    media_type text,
    size bigint,
    sha256 text,
    failure text,
    created_at timestamptz not null,
    settled_at timestamptz,
    content bytea,
    primary key (id),
    unique (message_id, url)
);

-- It is compressed already.
alter table files alter column content set storage external;

-- What may one day be forgotten.
create index files_kept on files (settled_at) where state = 'kept';

alter table remarks add column text_at timestamptz;
