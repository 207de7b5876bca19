-- Schema `work`: where the projector is, leases, tries and clocks. Not part of what is rebuilt and compared.
create schema if not exists work;

-- One row. building → active (the vault says so) → fenced (nobody projects or claims here any more).
create table if not exists work.generation (
    n     integer primary key,
    state text not null default 'building' check (state in ('building', 'active', 'fenced'))
);

-- The anchor of each partition. live: has passed the end that [events] had when this projector started.
create table if not exists work.positions (
    partition           integer primary key,
    epoch               integer not null,
    generation          integer not null,
    next_offset         bigint not null,
    head                bytea not null,
    last_command_offset bigint not null,
    commit_offset       bigint not null,
    commit_prev         bytea not null,
    live                boolean not null default false
);

-- A lease saves work, the log's claim proves. tries: leases of this version; refusals: of them ended by a refusal.
create table if not exists work.leases (
    effect_id  text primary key,
    company_id text not null,
    version    text not null,
    worker     text not null,
    until      timestamptz not null,
    tries      integer not null default 1,
    refusals   integer not null default 0,
    kind       text not null default ''
);
alter table work.leases add column if not exists kind text not null default '';
create index if not exists leases_of_company on work.leases (company_id, until);
create index if not exists leases_until on work.leases (until);

-- Whose turn it is. The projector adds a company with its first effect.
create table if not exists work.companies (
    company_id text primary key,
    served_at  timestamptz not null default '-infinity'
);

-- GCRA: the theoretical arrival time of the instance's next message.
create table if not exists work.instances (
    instance_id text primary key,
    tat         timestamptz not null
);

-- As `projections.read.effects.EffectRow`, everything that is not done.
create or replace view work.open_effects with (security_invoker) as
select e.id, e.company_id, e.journey, e.stream, e.kind, e.key, e.version, e."group", e.seq, e.state, e.due_at, e.claim,
    e.opened_version, e.opened_at, e.expires_at,
    case when l.version = e.version then l.tries else 0 end as tries,
    case when l.version = e.version then l.refusals else 0 end as refusals
from core.effects e left join work.leases l on l.effect_id = e.id
where e.state <> 'done';

-- Nothing is claimed unless this generation is the shown one and has caught up with the log in every partition.
create or replace function work.may_claim() returns boolean language sql stable as $$
    select exists (select from work.generation where state = 'active')
        and exists (select from work.positions)
        and not exists (select from work.positions where not live)
$$;
