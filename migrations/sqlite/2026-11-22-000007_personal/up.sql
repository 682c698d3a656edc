-- Which kinds of personal data were found at intake, and who opened what is masked.

-- Words divided by spaces, in their order; null for what came in before: it is looked through whenever it is shown.
alter table messages add column personal text;
alter table incidents add column personal text;

-- One opening of what is masked: who, when, what, and why. Rows are added and read, never changed or taken away.
create table disclosures (
    id blob not null,
    at integer not null,
    staff_id blob not null references staff (id),
    kind text not null,
    -- None for a table of many.
    incident_id blob references incidents (id),
    reason text,
    primary key (id)
);

create index disclosures_incident on disclosures (incident_id, id);
create index disclosures_staff on disclosures (staff_id, id);
create index disclosures_at on disclosures (at);
