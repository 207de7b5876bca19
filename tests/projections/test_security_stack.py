"""Who may see and write what: by the catalogue, and by trying."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from domain.kernel.ids import HOLDING_TENANT, derived
from projections.ddl import TEMPLATE
from projections.names import Role, company_login, company_schema, dsn_for
from projections.provision import give_login, provision_company
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, OTHER, Log, Story, set_up

pytestmark = pytest.mark.stack

UNPROTECTED = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'core' and c.relkind in ('r', 'p') and (
    not (c.relrowsecurity and c.relforcerowsecurity)
    or not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and a.attnotnull)
    or not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'only_own' and not p.polpermissive
        and 'legion_app'::regrole = any (p.polroles))
    or (
        exists (select from pg_attribute a where a.attrelid = c.oid
            and a.attname in ('lead_id', 'conversation_id', 'deal_id', 'journey', 'assigned_user'))
        and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'only_seen'
            and not p.polpermissive and 'legion_app'::regrole = any (p.polroles))
    )
    or c.relowner <> 'legion_owner'::regrole
) order by 1
"""
BYPASSING = """
select rolname from pg_roles where rolname like 'legion%' and (rolbypassrls or rolsuper or rolcreaterole or rolcreatedb)
"""


async def unprotected(generation: Generation) -> list[str]:
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        cursor = await conn.execute(UNPROTECTED)
        return [name for (name,) in await cursor.fetchall()]


async def test_every_core_table_is_forced_under_row_level_security(generation: Generation) -> None:
    assert await unprotected(generation) == []
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        cursor = await conn.execute(BYPASSING)
        assert await cursor.fetchall() == []


@pytest.mark.parametrize(
    "fault",
    [
        "alter table core.leads no force row level security",
        "drop policy only_own on core.leads",
        "drop policy only_seen on core.leads",
        "alter table core.leads alter company_id drop not null",
        "alter table core.leads owner to postgres",
    ],
)
async def test_control_a_planted_fault_is_found(generation: Generation, fault: str) -> None:
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        if "not null" in fault:
            await conn.execute("alter table core.leads drop constraint leads_pkey")
        await conn.execute(fault)
    assert await unprotected(generation) == ["leads"]


async def two_companies(generation: Generation) -> tuple[Story, Story]:
    log = Log()
    set_up(log)
    set_up(log, OTHER, instance=derived("instance", "other"), slug="other")
    ana, bia = Story(log), Story(log, "bia", company=OTHER)
    for story in (ana, bia):
        story.arrives()
        story.writes()
    await generation.project(log)
    return ana, bia


async def rows(
    dsn: str, query: str, company: str | None = None, scope: str | None = "company"
) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        if company is not None:
            await conn.execute("select set_config('legion.company', %s, true)", (company,))
        if scope is not None:
            await conn.execute("select set_config('legion.scope', %s, true)", (scope,))
        return await (await conn.execute(query)).fetchall()


async def test_the_app_sees_the_company_of_its_setting_and_without_one_nothing(generation: Generation) -> None:
    ana, bia = await two_companies(generation)
    app = generation.dsn(Role.APP)
    assert await rows(app, "select id from core.leads", COMPANY) == [(ana.lead,)]
    assert await rows(app, "select id from core.leads", OTHER) == [(bia.lead,)]
    assert await rows(app, "select id from core.leads") == []
    assert await rows(app, "select id from core.leads", "") == []
    for scope in (None, "", "holding", "own", "team"):  # of nobody
        assert await rows(app, "select id from core.leads", COMPANY, scope) == []


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (Role.APP, "update core.leads set opted_out = true"),
        (Role.APP, "select from work.leases"),
        (Role.RUNNER, "update core.effects set state = 'done'"),
        (Role.RUNNER, "update work.positions set live = true"),
        (Role.WRITER, "select from core.leads"),
        (Role.WRITER, "insert into core.journeys values ('x', 'x')"),
        (Role.APP, f"select from {TEMPLATE}.leads"),
    ],
)
async def test_roles_are_refused_what_is_not_theirs(generation: Generation, role: Role, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        await rows(generation.dsn(role), statement)


async def as_company(generation: Generation, company: str, password: str) -> str:
    base = dsn_for(generation.admin, generation.n, company_login(company), password, prefix=generation.prefix)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        for _ in range(2):  # idempotent
            await provision_company(conn, company)
            await give_login(conn, company, password)
    return base


async def test_a_company_s_login_sees_its_own_rows_by_their_plain_names(generation: Generation) -> None:
    ana, bia = await two_companies(generation)
    mine, theirs = await as_company(generation, COMPANY, "one"), await as_company(generation, OTHER, "two")
    assert await rows(mine, "select id, name from leads") == [(ana.lead, "Ana")]
    assert await rows(theirs, "select id, name from leads") == [(bia.lead, "Ana")]
    assert await rows(mine, "select count(*) from messages") == [(1,)]
    assert await rows(mine, "select count(*) from leads", OTHER) == [(1,)]


async def test_a_company_s_login_is_refused_everything_else(generation: Generation) -> None:
    await two_companies(generation)
    mine = await as_company(generation, COMPANY, "one")
    await as_company(generation, OTHER, "two")
    for statement in (
        f"select from {company_schema(OTHER)}.leads",
        "select from core.leads",
        f"select from {TEMPLATE}.leads",
        "select from work.positions",
        "insert into leads (company_id, id) values ('x', 'y')",
        "update leads set opted_out = true",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            await rows(mine, statement)


async def test_a_leaky_function_sees_one_company_and_a_foreign_insert_fails_the_check(generation: Generation) -> None:
    await two_companies(generation)
    mine = await as_company(generation, COMPANY, "one")
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("create table public.seen (company_id text)")
        await conn.execute(
            "create function public.leak(text) returns boolean language plpgsql cost 0.0000001 as"
            " $$ begin insert into public.seen values ($1); return true; end $$"
        )
        await conn.execute("grant usage on schema public to public")
        await conn.execute("grant insert on public.seen to public")
        # Were the views ever made writable: the check option must still hold the company's line.
        await conn.execute("grant insert on core.centurions to legion_views")
        await conn.execute("create policy writes on core.centurions for insert to legion_views with check (true)")
        await conn.execute(f"grant insert on {company_schema(COMPANY)}.centurions to {company_login(COMPANY)}")
    async with await psycopg.AsyncConnection.connect(mine, autocommit=True) as conn:
        await conn.execute("select from leads where public.leak(company_id)")
        insert = (
            "insert into centurions (company_id, id, name, created_at, updated_at) values (%s, 'x', 'x', now(), now())"
        )
        await conn.execute(insert, (COMPANY,))
        with pytest.raises(errors.WithCheckOptionViolation):
            await conn.execute(insert, (OTHER,))
    assert await rows(generation.dsn(), "select distinct company_id from public.seen") == [(COMPANY,)]


async def test_the_holding_s_own_records_belong_to_no_company(generation: Generation) -> None:
    await two_companies(generation)
    found = await rows(
        generation.dsn(Role.RUNNER), "select distinct company_id from core.journal where journey = 'holding'"
    )
    assert found == [(HOLDING_TENANT,)]
    assert await rows(generation.dsn(Role.APP), "select from core.journal where journey = 'holding'", COMPANY) == []
