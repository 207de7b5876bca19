-- Keys of machines, the time from which a key of access tokens signs, and key-encryption keys that can be taken away.

-- Who a machine is. It stays when what it is known by is changed: what it did before is its own, and so is what it asks again.
create table api_key (
    id           text primary key,
    company      text not null,
    name         text not null,
    kind         text not null,               -- `live`, `test`
    scopes       text[] not null,             -- permissions
    networks     text[] not null default '{}', -- CIDR, from where it may come; none: from anywhere
    made_at      timestamptz not null default now(),
    made_by      text not null,               -- the actor: kind:id
    expires_at   timestamptz,
    revoked_at   timestamptz,
    revoked_why  text,
    strays       integer not null default 0,  -- times that it came from elsewhere since `strays_since`
    strays_since timestamptz,
    check ((revoked_at is null) = (revoked_why is null))
);

create index api_key_of_company on api_key (company, made_at);

-- What it is known by: SHA-256 of more than 160 random bits. Two while they overlap.
create table api_key_secret (
    hash        bytea primary key check (length(hash) = 32),
    key         text not null references api_key on delete cascade deferrable initially deferred,
    shown       text not null,                -- its beginning, to tell it by
    call        text not null unique,         -- that made it: one that comes again makes no second one
    made_at     timestamptz not null default clock_timestamp(),
    works_until timestamptz,                  -- null: as long as its key
    used_at     timestamptz
);

create index api_key_secret_of_key on api_key_secret (key, made_at);

-- Published before it signs.
alter table signing_key add column signs_from timestamptz;
update signing_key set signs_from = made_at;
alter table signing_key alter column signs_from set not null;

-- Each wrapped column names the key-encryption key that it is wrapped by (vault/kek.py: the length of its id and the id, at the
-- beginning). The database itself then keeps the key's row as long as anything is wrapped by it, and lets nothing be wrapped by
-- one that is gone. Deferrable: a restore fills the tables by their names.
alter table key_encryption_key
    add column name bytea generated always as (substring(canary for 1 + get_byte(canary, 0))) stored unique;
alter table subject_key
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table company_pepper
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table day_key
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table credential
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table login
    add column totp_kek bytea generated always as (substring(totp for 1 + get_byte(totp, 0))) stored
        references key_encryption_key (name) deferrable initially deferred,
    add column totp_offered_kek bytea generated always as (substring(totp_offered for 1 + get_byte(totp_offered, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table link_key
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table signing_key
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
alter table mail
    add column wrapped_kek bytea generated always as (substring(wrapped for 1 + get_byte(wrapped, 0))) stored
        references key_encryption_key (name) deferrable initially deferred;
