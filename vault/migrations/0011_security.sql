-- What fails and what is read, counted until a summary of it is put out (domain/security). Ids and keyed hashes only.

create table failure_count (
    since   timestamptz not null,   -- start of the minute
    company text not null,          -- whose auditors are told
    failure text not null,
    account text not null,          -- id of a user or key, or keyed hash of what was typed; "" of nobody
    network text not null,
    count   bigint not null check (count > 0),
    primary key (since, company, failure, account, network)
);

create table read_count (
    since       timestamptz not null,  -- start of the quarter of an hour
    company     text not null,
    reader_kind text not null,
    reader      text not null,
    resource    text not null,
    subject     text not null,
    count       bigint not null check (count > 0),
    primary key (since, company, reader_kind, reader, resource, subject)
);
