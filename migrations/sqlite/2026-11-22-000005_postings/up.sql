-- Answers on their way into the networks.

-- Answers on their way into the networks: one row for each thread, and for each part of a text that is too long for one. `source_id`: who says it.
create table postings (
    id blob not null,
    answer_id blob not null references answers (id),
    incident_id blob not null references incidents (id),
    part integer not null,
    parts integer not null,
    source_id blob not null references sources (id),
    form text not null,
    text text not null,
    state text not null,
    maybe_twice boolean not null,
    attempts integer not null,
    slot_at integer,
    sent_at integer,
    delivered_at integer,
    external_id text,
    permalink text,
    failure text,
    created_at integer not null,
    primary key (id),
    unique (answer_id, incident_id, part)
);

-- When the next posting may go out under a token or into a chat, in microseconds since 1970 by the machine's clock.
create table paces (
    key text not null,
    free_at integer not null,
    primary key (key)
);

create index postings_incident on postings (incident_id);
-- What may have been published twice, and what could not be published.
create index postings_doubtful on postings (id) where maybe_twice;
create index postings_failed on postings (id) where state = 'failed';

-- Whether the answer goes to where the question was asked, or to its author in private.
alter table answers add column via text not null default 'thread';
-- When it was first handed to the network, whether or not that said that it had it.
alter table answers add column sent_at integer;
