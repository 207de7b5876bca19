-- Schema `cache`: what only saves work. Never a source of truth, not compared, deletable at any time.
create schema if not exists cache;

-- A journey's life after its first `version` events (projections/travel). fingerprint: of the code that folded it: other
-- code never reads it. epoch, log_offset, at: of its last event. Personal words in it are sealed as they are in the journal.
create table if not exists cache.snapshots (
    company_id  text not null,
    journey     text not null,
    fingerprint bytea not null,
    version     bigint not null,
    epoch       bigint not null,
    log_offset  bigint not null,
    at          timestamptz not null,
    life        bytea not null,
    made_at     timestamptz not null default now(),
    primary key (company_id, journey, fingerprint, version)
);
create index if not exists snapshots_age on cache.snapshots (made_at);
