-- Alias hash -> lead. The hash is keyed by the company's pepper; the alias itself stands nowhere here.
create table alias (
    company    text not null,
    hash       bytea not null check (length(hash) = 32),
    lead       text,                       -- null: erased, the next body starts a new lead
    generation integer not null default 0, -- erasures recorded for this alias; part of the next lead's id
    linked_at  timestamptz not null default clock_timestamp(),
    moved_from text,                       -- the lead that a merge took it from
    primary key (company, hash)
);

-- A lead's age is that of its first alias.
create index alias_of_lead on alias (company, lead, linked_at);
