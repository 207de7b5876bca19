-- The read databases legion_gN. One row decides which one is shown.
create table generation (
    n          integer primary key,
    state      text not null check (state in ('building', 'active', 'dropped')),
    made_at    timestamptz not null default now(),
    changed_at timestamptz not null default now()
);

create unique index generation_active on generation (state) where state = 'active';
