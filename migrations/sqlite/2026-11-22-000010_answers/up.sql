-- What was approved: drafts are made of it, and answers that say the same to many are known by their sentences.

-- The topic is the incident's when the answer was approved.
create table approved_answers (
    answer_id blob not null references answers (id) on delete cascade,
    incident_id blob not null references incidents (id) on delete cascade,
    topic text,
    at integer not null,
    primary key (answer_id)
);

create index approved_answers_newest on approved_answers (topic, at);
create index approved_answers_incident on approved_answers (incident_id);

-- Fingerprints of sentences without their facts. Those of answers that were approved before this stay unknown.
create table answer_sentences (
    answer_id blob not null references answers (id) on delete cascade,
    print integer not null,
    incident_id blob not null references incidents (id) on delete cascade,
    at integer not null,
    primary key (answer_id, print)
);

create index answer_sentences_print on answer_sentences (print, at, incident_id);
create index answer_sentences_incident on answer_sentences (incident_id);

insert into approved_answers (answer_id, incident_id, topic, at)
select answers.id, answers.incident_id, incidents.topic, answers.decided_at
from answers join incidents on incidents.id = answers.incident_id
where answers.decided_at is not null and answers.state in ('approved', 'sent', 'delivered', 'failed');
