-- Who logs in, and with what. A user is an id: names and addresses are not here. Deferrable: a restore fills the tables by
-- their names.

create table login (
    user_id      text primary key,
    password     text not null,            -- argon2id, as a PHC string
    changed_at   timestamptz not null default now(),
    totp         bytea,                    -- wrapped secret of the second factor; null: none
    totp_offered bytea,                    -- wrapped; becomes `totp` with its first code
    totp_step    bigint not null default 0 -- of the last code that was taken: none is taken twice
);

create table recovery_code (
    user_id text not null references login on delete cascade deferrable initially deferred,
    hash    bytea not null check (length(hash) = 32), -- SHA-256 of 80 random bits
    used_at timestamptz,
    primary key (user_id, hash)
);

create table session (
    id         text primary key,
    user_id    text not null,
    company    text not null,              -- that it works in
    address    text not null,              -- prefix of where it began, for its owner to know it by
    agent      text not null,              -- what kind of browser, for the same
    made_at    timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    ended_at   timestamptz,
    ended_why  text,
    check ((ended_at is null) = (ended_why is null))
);

create index session_of_user on session (user_id, made_at);

-- All that a session ever had: one that comes a second time was stolen, from its owner or by its owner's thief.
create table refresh_token (
    hash      bytea primary key check (length(hash) = 32), -- SHA-256 of 256 random bits
    session   text not null references session on delete cascade deferrable initially deferred,
    issued_at timestamptz not null default now(),
    used_at   timestamptz
);

create index refresh_token_of_session on refresh_token (session);

-- Attempts that were not (yet) successes. key: HMAC of an account, an address prefix or both; strangers' too.
create table login_attempt (
    kind         text not null,
    key          bytea not null check (length(key) = 32),
    account      bytea,                    -- key of its account, where it is one's
    attempts     integer not null default 1,
    last_at      timestamptz not null default now(),
    locked_until timestamptz not null,
    primary key (kind, key)
);

create index login_attempt_old on login_attempt (last_at);
create index login_attempt_of_account on login_attempt (account);

create table one_time_token (
    hash       bytea primary key check (length(hash) = 32), -- SHA-256 of 256 random bits
    kind       text not null,                               -- what it is for
    user_id    text not null,
    made_at    timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);

create index one_time_token_of_user on one_time_token (user_id);

-- Links' tokens are derived from it and stored nowhere.
create table link_key (
    one     boolean primary key default true check (one),
    wrapped bytea not null
);

create table used_invitation (
    id      text primary key,
    user_id text not null,
    used_at timestamptz not null default now()
);
