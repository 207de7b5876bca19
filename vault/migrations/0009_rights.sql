-- What takes effect before the log knows, and what the log is still to be told.

-- Commands that belong to a change here, written in its transaction; a relay sends what its writer did not.
create table outbox (
    command_id text primary key,
    value      bytea not null, -- as it stands in [commands]
    made_at    timestamptz not null default now()
);

create index outbox_by_age on outbox (made_at);

-- Rights taken away: a row counts from its commit until the command that it comes with has long been decided.
create table denial (
    kind       text not null,  -- `user`: everything; `member`: what is not kept, in one company
    user_id    text not null,
    company    text not null default '',
    keeps      text[] not null default '{}', -- permissions
    command_id text not null,
    journey    text not null,
    made_at    timestamptz not null default now(),
    decided_at timestamptz,    -- when it was first seen that the journal has the command
    primary key (user_id, kind, company, command_id)
);

-- What access tokens are signed with. The newest signs; others still open what they signed.
create table signing_key (
    id         text primary key,
    public     bytea not null check (length(public) = 32), -- Ed25519
    wrapped    bytea not null,
    made_at    timestamptz not null default clock_timestamp()
);
