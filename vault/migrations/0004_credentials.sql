-- What we show to providers and what they show to us, wrapped by a key-encryption key.
create table credential (
    company    text not null,
    kind       text not null, -- the provider
    id         text not null, -- the channel instance, or another owner of the credential
    wrapped    bytea not null,
    updated_at timestamptz not null default now(),
    primary key (company, kind, id)
);

-- How a provider's webhook calls an instance -> whose it is.
create table instance_name (
    provider      text not null,
    external_name text not null,
    company       text not null,
    instance      text not null,
    primary key (provider, external_name)
);
