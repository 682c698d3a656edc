-- The social networks: pages, what was heard of them, and what stands around residents' messages.

-- The accounts in social networks on which residents write and organisations answer. Each is a source of messages. `keys` are sealed.
create table pages (
    id blob not null references sources (id),
    network text not null,
    organisation text not null,
    title text not null,
    account text not null,
    url text,
    state text not null,
    listening text not null,
    hook_epoch integer not null,
    keys text,
    cursor text,
    subscribers integer,
    last_event_at integer,
    checked_at integer,
    health text,
    connected_at integer,
    changed_at integer not null,
    primary key (id),
    unique (network, account)
);

-- Events of networks that were taken in: each counts once, however often it is delivered.
create table heard (
    source_id blob not null references sources (id),
    key text not null,
    at integer not null,
    primary key (source_id, key)
) without rowid;

-- Whom a page may write to in private.
create table consents (
    source_id blob not null references sources (id),
    author_key text not null,
    allowed boolean not null,
    at integer not null,
    primary key (source_id, author_key)
) without rowid;

-- Posts that collect complaints: each comment below is an incident of its own.
create table collections (
    source_id blob not null references sources (id),
    post_key text not null,
    topic text,
    marked_by text not null,
    marked_at integer not null,
    primary key (source_id, post_key)
) without rowid;

-- What is said around residents' messages: the pages' own posts and replies, what a comment stands under.
create table remarks (
    id blob not null,
    source_id blob not null references sources (id),
    external_id text not null,
    account text not null,
    form text not null,
    post_key text not null,
    parent_key text,
    to_key text,
    author_key text,
    author_name text,
    own boolean not null,
    text text not null,
    attachments text not null,
    url text,
    published_at integer not null,
    deleted_at integer,
    primary key (id),
    unique (source_id, external_id)
);

create index pages_organisation on pages (organisation, network);
create index heard_age on heard (at);
create index remarks_post on remarks (source_id, post_key, published_at);
create index messages_post on messages (source_id, post_key, published_at);
