-- Mails that are to be sent and that the log must not know: their tokens let whoever reads them in. Gone when they are sent,
-- and after an hour anyway: then the token works no more.
create table mail (
    id      text primary key,
    wrapped bytea not null,                    -- JSON: kind, address, locale, token, values
    made_at timestamptz not null default now(),
    tries   integer not null default 0,
    next_at timestamptz not null default now() -- not before; moved on by who is sending it
);

create index mail_next on mail (next_at);
