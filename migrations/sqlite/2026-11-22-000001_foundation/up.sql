-- The tables of Otklik. The other engine's file has the same tables, columns and nullability; a test compares them.

create table policies (
    version integer not null,
    city text not null,
    digest text not null,
    doc text not null,
    note text not null,
    loaded_by text not null,
    loaded_at integer not null,
    primary key (version)
);

create table staff (
    id blob not null,
    login text not null unique,
    name text not null,
    role text not null,
    organisation text not null,
    password_hash text not null,
    active boolean not null,
    language text not null,
    epoch integer not null,
    created_at integer not null,
    primary key (id)
);

create table sessions (
    id blob not null,
    family blob not null,
    staff_id blob not null references staff (id),
    token_hash text not null unique,
    issued_at integer not null,
    expires_at integer not null,
    used_at integer,
    revoked_at integer,
    primary key (id)
);

create table sources (
    id blob not null,
    name text not null unique,
    title text not null,
    network text not null,
    active boolean not null,
    reply_url text,
    created_by text not null,
    created_at integer not null,
    primary key (id)
);

create table source_secrets (
    id blob not null,
    source_id blob not null references sources (id),
    sealed text not null,
    created_at integer not null,
    expires_at integer,
    primary key (id)
);

create table incidents (
    id blob not null unique,
    number integer primary key autoincrement not null,
    version integer not null,
    spine text not null,
    step text not null,
    kind text not null,
    outcome text,
    close_reason text,
    network text not null,
    source_id blob not null references sources (id),
    account text not null,
    thread_key text not null unique,
    author_key text not null,
    lead_message blob not null,
    text text not null,
    media boolean not null,
    topic text,
    topic_group text,
    topic_origin text not null,
    severity integer not null,
    municipality text not null,
    settlement text,
    street text,
    house text,
    lat real,
    lon real,
    organisation text,
    executor text,
    routed text not null,
    policy_version integer not null,
    returns integer not null,
    rounds integer not null,
    published_at integer not null,
    received_at integer not null,
    assigned_at integer,
    first_answer_at integer,
    first_answer_work integer,
    delivered_at integer,
    closed_at integer,
    deferred_until integer,
    due_at integer not null,
    changed_at integer not null,
    parent_id blob references incidents (id),
    step_before text,
    rating integer,
    note text,
    extra text
);

-- The folded and stemmed words of an incident's texts; `rowid` is the incident's number.
create virtual table incident_terms using fts5 (terms, content = '', contentless_delete = 1, detail = 'none', tokenize = "unicode61 remove_diacritics 0");

create table messages (
    id blob not null,
    source_id blob not null references sources (id),
    external_id text not null,
    incident_id blob references incidents (id),
    form text not null,
    network text not null,
    account text not null,
    post_key text not null,
    parent_key text,
    author_key text not null,
    author_name text,
    author_url text,
    url text,
    text text not null,
    text_at integer not null,
    attachments text not null,
    place text,
    rating integer,
    published_at integer not null,
    received_at integer not null,
    deleted_at integer,
    primary key (id)
);

create table message_versions (
    message_id blob not null references messages (id),
    at integer not null,
    text text not null,
    primary key (message_id, at)
) without rowid;

create table assignments (
    incident_id blob not null references incidents (id),
    n integer not null,
    organisation text not null,
    executor text,
    by text not null,
    why text not null,
    assigned_at integer not null,
    ended_at integer,
    end_reason text,
    end_note text,
    primary key (incident_id, n)
) without rowid;

create table answers (
    id blob not null,
    incident_id blob not null references incidents (id),
    n integer not null,
    round integer not null,
    kind text not null,
    outcome text,
    state text not null,
    text text not null,
    organisation text not null,
    drafted_by text not null,
    drafted_at integer not null,
    submitted_at integer,
    decided_by text,
    decided_at integer,
    rework_reason text,
    rework_text text,
    delivered_at integer,
    failure text,
    permalink text,
    primary key (id)
);

create table clocks (
    incident_id blob not null references incidents (id),
    kind text not null,
    cycle integer not null,
    term text not null,
    target text not null,
    base text not null,
    calendar text not null,
    policy_version integer not null,
    organisation text,
    state text not null,
    started_at integer not null,
    due_at integer not null,
    settled_at integer,
    breached_at integer,
    decided_at integer,
    primary key (incident_id, kind, cycle)
) without rowid;

create table events (
    incident_id blob not null references incidents (id),
    n integer not null,
    at integer not null,
    actor text not null,
    kind text not null,
    data text not null,
    prev text not null,
    hash text not null,
    primary key (incident_id, n)
) without rowid;

create table jobs (
    id blob not null,
    key text not null unique,
    kind text not null,
    payload text not null,
    state text not null,
    run_at integer not null,
    attempts integer not null,
    leased_until integer,
    lease blob,
    last_error text,
    created_at integer not null,
    finished_at integer,
    primary key (id)
);

create table idempotency (
    actor text not null,
    key text not null,
    route text not null,
    body_hash text not null,
    status integer not null,
    response text not null,
    created_at integer not null,
    primary key (actor, key)
) without rowid;

create index sessions_staff on sessions (staff_id);
create index sessions_family on sessions (family);
create index source_secrets_source on source_secrets (source_id);
-- A moderator's queue: one step, the most urgent first, ties by number.
create index incidents_queue on incidents (step, due_at, number);
-- An organisation's and an executor's queue.
create index incidents_organisation on incidents (organisation, step, due_at, number);
create index incidents_executor on incidents (executor, step, due_at, number);
create index incidents_topic on incidents (topic, number);
create index incidents_municipality on incidents (municipality, number);
create index incidents_author on incidents (author_key, number);
create index incidents_received on incidents (received_at);
create index incidents_closed on incidents (closed_at) where closed_at is not null;
create index incidents_answered on incidents (first_answer_at) where first_answer_at is not null;
create index incidents_parent on incidents (parent_id) where parent_id is not null;
create unique index messages_external on messages (source_id, external_id);
create index messages_incident on messages (incident_id, published_at);
-- What waits for approval or delivery, oldest first; answers that are done are not in it.
create index answers_state on answers (state, id) where state <> 'delivered';
create unique index answers_order on answers (incident_id, n);
-- The sweep: running clocks by due time, nothing else.
create index clocks_running on clocks (due_at) where state = 'running';
create index clocks_decided on clocks (kind, decided_at) where decided_at is not null;
create index jobs_ready on jobs (run_at) where state = 'ready';
create index jobs_leased on jobs (leased_until) where state = 'leased';
create index idempotency_age on idempotency (created_at);
