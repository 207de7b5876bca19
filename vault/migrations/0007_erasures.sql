-- Who was erased, by alias hash, and where in [ingress] the time after begins: a body belongs to the lead that its
-- aliases had when it was received, however late it is read (design §7).
create table erasure (
    company text not null,
    hash    bytea not null check (length(hash) = 32),
    lead    text not null,          -- the erased one: meets the bodies of before
    ends    bigint[] not null,      -- by partition of [ingress], from 0: the first offset of the time after
    at      timestamptz not null,
    primary key (company, hash, lead)
);

create index erasure_of_lead on erasure (company, lead);

-- Outlives an erasure: who asked not to be written to is not written to, whoever they come back as.
alter table alias add column opted_out boolean not null default false;

-- One row while this vault comes from a backup and has not yet learnt from the log what happened since: nobody opens it.
create table if not exists restored (
    one boolean primary key default true check (one),
    at  timestamptz not null default now()
);
