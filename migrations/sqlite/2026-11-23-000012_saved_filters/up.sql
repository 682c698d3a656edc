-- Filters of incidents that members of staff keep under names of their own.

create table saved_filters (
    id blob not null,
    staff_id blob not null references staff (id) on delete cascade,
    name text not null,
    -- As it stands after the "?" of an address.
    query text not null,
    created_at integer not null,
    primary key (id),
    unique (staff_id, name)
);
