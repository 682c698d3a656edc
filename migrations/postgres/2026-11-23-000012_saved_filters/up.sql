-- Filters of incidents that members of staff keep under names of their own.

create table saved_filters (
    id uuid not null,
    staff_id uuid not null references staff (id) on delete cascade,
    name text not null,
    -- As it stands after the "?" of an address.
    query text not null,
    created_at timestamptz not null,
    primary key (id),
    unique (staff_id, name)
);
