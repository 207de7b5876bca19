-- Claiming. The lock on the company and the search for effects are separate statements of a volatile function, each
-- with its own snapshot: in one statement, the search would still see leases as they were before the lock was waited
-- or skipped for, and hand out effects twice.

create or replace function work.is_suspended(company text) returns boolean language sql stable as $$
    select exists (select from core.companies c where c.company_id = company and c.suspended)
$$;

-- What says something to somebody outside: none of it while the company is suspended. What is only looked up goes on.
create or replace function work.speaks(kind text) returns boolean language sql immutable as $$
    select kind in ('reply', 'contract', 'contract_link', 'resend_contract', 'conversion')
$$;

-- Live leases of a company that count against its share. Conversions have their own slots and no share: they wait for
-- each other, so that a batch fills, and a company of which hundreds wait must still be answered for.
create or replace function work.busy(company text, t timestamptz) returns bigint language sql stable as $$
    select count(*) from work.leases l where l.company_id = company and l.until > t and l.kind <> 'conversion'
$$;

-- What of one kind may be leased for these companies (in the order of their turn), `free` in all.
create or replace function work.due(p_kind text, p_companies text[], p_free integer, p_per_company integer, t timestamptz)
returns table (effect_id text, company_id text, version text, instance_id text) language sql stable as $$
    with room as (
        select s.company, s.place,
            case when p_kind = 'conversion' then p_free else p_per_company - work.busy(s.company, t) end as free
        from unnest(p_companies) with ordinality as s(company, place)
        where not work.speaks(p_kind) or not work.is_suspended(s.company)
    ), found as (
        select e.id, e.company_id, e.version, e.instance_id, r.place, e.turn
        from room r cross join lateral (
            select e.id, e.company_id, e.version, e.instance_id, row_number() over (order by e.due_at, e.id) as turn
            from core.effects e
            where r.free > 0 and e.company_id = r.company and e.kind = p_kind and e.state = 'pending' and e.due_at <= t
                and (e.expires_at is null or e.expires_at > t)
                and not exists (
                    select from work.leases l where l.effect_id = e.id and l.version = e.version and l.until > t
                )
                and not exists (select from core.quarantine q where q.journey = e.journey)
                -- Gate: the Centurion that would answer is paused.
                and (p_kind <> 'reply' or not exists (
                    select from core.conversations v
                    join core.centurions c on c.company_id = v.company_id and c.id = v.centurion_id
                    where v.company_id = e.company_id and v.id = substr(e.stream, length('conversation-') + 1) and c.paused
                ))
            order by e.due_at, e.id
            limit least(r.free, p_free)
        ) e
    )
    select id, found.company_id, found.version, found.instance_id from found order by turn, place limit p_free
$$;

-- The same for chunks: by instance, each at its pace (GCRA), only where it can send.
create or replace function work.due_chunks(
    p_companies text[], p_free integer, p_per_company integer, p_interval interval, p_burst integer, t timestamptz
)
returns table (effect_id text, company_id text, version text, instance_id text) language sql stable as $$
    with room as (
        select s.company, s.place,
            p_per_company - work.busy(s.company, t) as free
        from unnest(p_companies) with ordinality as s(company, place)
        where not work.is_suspended(s.company)
    ), pace as (
        select r.company, r.place, r.free, i.id as instance,
            p_burst - ceil(extract(epoch from greatest(coalesce(w.tat, t), t) - t) / extract(epoch from p_interval))
                as allowed
        from room r
        join core.instances i on i.company_id = r.company and i.status not in ('closed', 'connecting', 'refused')
        left join work.instances w on w.instance_id = i.id
        where r.free > 0
    ), found as (
        select e.id, e.company_id, e.version, e.instance_id, e.due_at, p.place, p.free
        from pace p cross join lateral (
            select e.id, e.company_id, e.version, e.instance_id, e.due_at
            from core.effects e
            where p.allowed > 0 and e.company_id = p.company and e.instance_id = p.instance and e.kind = 'chunk'
                and e.state = 'pending' and e.due_at <= t and (e.expires_at is null or e.expires_at > t)
                and not exists (
                    select from work.leases l where l.effect_id = e.id and l.version = e.version and l.until > t
                )
                and not exists (select from core.quarantine q where q.journey = e.journey)
                -- An open chunk, pending or attempted, holds the later ones of its conversation.
                and not exists (
                    select from core.effects p
                    where p.company_id = e.company_id and p.stream = e.stream and p.kind = 'chunk' and p.state <> 'done'
                        and (p.opened_version, p.seq) < (e.opened_version, e.seq)
                )
            order by e.due_at, e.id
            limit least(p.free, p_free, p.allowed)
        ) e
    ), placed as (
        select *, row_number() over (partition by company_id order by due_at, id) as turn from found
    )
    select id, placed.company_id, placed.version, placed.instance_id from placed
    where turn <= free order by turn, place limit p_free
$$;

-- p_kinds in the order in which they are served (finishing before starting), p_slots: how many of each.
create or replace function work.claim(
    p_worker text, p_kinds text[], p_slots integer[], p_per_company integer, p_ttl interval,
    p_interval interval, p_burst integer
)
returns setof work.open_effects language plpgsql volatile as $$
declare
    t timestamptz;
    seen text[] := '{}';
    turn text[];
    got text[];
    claimed text[] := '{}';
    slots integer[] := p_slots;
begin
    if not work.may_claim() then
        return;
    end if;
    for round in 1..8 loop -- 8 × 32 companies whose effects are all held are passed over in one call
        t := clock_timestamp();
        -- First statement: the turn and the lock of companies that have something due.
        select array_agg(w.company_id order by w.served_at, w.company_id) into turn from (
            select c.company_id, c.served_at from work.companies c
            where c.company_id <> all (seen) and exists (
                select from unnest(p_kinds) k(kind) join core.effects e on e.company_id = c.company_id
                    and e.kind = k.kind and e.state = 'pending' and e.due_at <= t
            )
            order by c.served_at, c.company_id
            limit 32
            for update skip locked
        ) w;
        exit when turn is null;
        seen := seen || turn;
        t := clock_timestamp();
        for i in 1..cardinality(p_kinds) loop
            continue when slots[i] <= 0;
            -- Second statement: its snapshot is younger than the locks.
            with wanted as materialized (
                select * from work.due(p_kinds[i], turn, slots[i], p_per_company, t) where p_kinds[i] <> 'chunk'
                union all
                select * from work.due_chunks(turn, slots[i], p_per_company, p_interval, p_burst, t)
                where p_kinds[i] = 'chunk'
            ), leased as (
                insert into work.leases as l (effect_id, company_id, version, worker, until, kind)
                select effect_id, company_id, version, p_worker, t + p_ttl, p_kinds[i] from wanted
                on conflict (effect_id) do update set version = excluded.version, worker = excluded.worker,
                    until = excluded.until,
                    tries = case when l.version = excluded.version then l.tries + 1 else 1 end,
                    refusals = case when l.version = excluded.version then l.refusals else 0 end
                where l.until <= t or l.version <> excluded.version
                returning l.effect_id
            ), paced as (
                insert into work.instances as w (instance_id, tat)
                select instance_id, t + count(*) * p_interval from wanted
                where p_kinds[i] = 'chunk' group by instance_id
                on conflict (instance_id) do update set tat = greatest(w.tat, t) + (excluded.tat - t)
            )
            select coalesce(array_agg(effect_id), '{}') into got from leased;
            slots[i] := slots[i] - cardinality(got);
            claimed := claimed || got;
        end loop;
        update work.companies c set served_at = t where c.company_id = any (turn);
        exit when 0 >= all (slots);
    end loop;
    return query select o.* from work.leases l join work.open_effects o on o.company_id = l.company_id and o.id = l.effect_id
        where l.effect_id = any (claimed);
end
$$;

-- Effects whose time is over. One caller at a time: there are few.
create or replace function work.claim_expired(p_worker text, p_limit integer, p_ttl interval)
returns setof work.open_effects language plpgsql volatile as $$
declare
    t timestamptz;
    claimed text[];
begin
    if not work.may_claim() or not pg_try_advisory_xact_lock(hashtext('legion.claim_expired')) then
        return;
    end if;
    t := clock_timestamp();
    with leased as (
        insert into work.leases as l (effect_id, company_id, version, worker, until, kind)
        select e.id, e.company_id, e.version, p_worker, t + p_ttl, e.kind from core.effects e
        where e.state = 'pending' and e.expires_at <= t
            and not exists (select from work.leases o where o.effect_id = e.id and o.version = e.version and o.until > t)
            and not exists (select from core.quarantine q where q.journey = e.journey)
        order by e.expires_at limit p_limit
        on conflict (effect_id) do update set version = excluded.version, worker = excluded.worker,
            until = excluded.until, tries = l.tries + 1
        where l.until <= t or l.version <> excluded.version
        returning l.effect_id
    )
    select coalesce(array_agg(effect_id), '{}') into claimed from leased;
    return query select o.* from work.leases l join work.open_effects o on o.company_id = l.company_id and o.id = l.effect_id
        where l.effect_id = any (claimed);
end
$$;

-- When something will be due, or a lease ends and its effect is free again.
create or replace function work.next_due() returns timestamptz language sql volatile as $$
    select least(
        (select min(due_at) from core.effects where state = 'pending' and due_at > clock_timestamp()),
        (select min(until) from work.leases where until > clock_timestamp())
    )
$$;
