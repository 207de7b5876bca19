-- One-way: SHA-256 of random tokens of 256 bits.
create table token (
    kind    text primary key,
    hash    bytea not null check (length(hash) = 32),
    made_at timestamptz not null default now()
);
