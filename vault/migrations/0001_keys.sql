-- Keys, each wrapped by a key-encryption key that is not in this database.
-- A destroyed key leaves its row without `wrapped`: the tombstone. It never comes back.

-- Which key-encryption keys this vault was written with, and a box that proves a given key to be the right one.
create table key_encryption_key (
    id      text primary key,
    canary  bytea not null,
    made_at timestamptz not null default now()
);

create table subject_key (
    company      text not null,
    subject      text not null, -- whose key: a lead's journey, a user
    wrapped      bytea,
    made_at      timestamptz not null default now(),
    destroyed_at timestamptz,
    reason       text,
    primary key (company, subject),
    check ((wrapped is null) = (destroyed_at is not null)),
    check ((destroyed_at is null) = (reason is null))
);

create table company_pepper (
    company text primary key,
    wrapped bytea not null,
    made_at timestamptz not null default now()
);

create table day_key (
    day          date primary key, -- UTC
    wrapped      bytea,
    made_at      timestamptz not null default now(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
