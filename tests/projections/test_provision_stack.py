"""The provisioner makes companies' schemas and can do nothing else."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from projections.ddl import TEMPLATE, VIEWS
from projections.names import Role, company_login, company_schema, dsn_for
from projections.pool import Connection
from projections.provision import give_login, grant_login, provision_company
from projections.tables import COMPANY_VIEWS
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, OTHER, Log, set_up
from tests.projections.conftest import MakeGeneration
from tests.projections.logins import drop_login

pytestmark = pytest.mark.stack

MADE = """
select c.relname, pg_get_userbyid(n.nspowner), pg_get_userbyid(c.relowner), c.reloptions
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = %s order by 1
"""


async def connected(generation: Generation, role: Role | None = None) -> Connection:
    return await psycopg.AsyncConnection.connect(generation.dsn(role), autocommit=True)


@pytest.fixture
async def with_companies(generation: Generation) -> Generation:
    log = Log()
    set_up(log)
    set_up(log, OTHER, slug="other")
    await generation.project(log)
    return generation


async def made(generation: Generation, company: str) -> list[tuple[object, ...]]:
    async with await connected(generation) as admin:
        return await (await admin.execute(MADE, (company_schema(company),))).fetchall()


async def test_the_provisioner_makes_a_company_s_schema_again_and_again(with_companies: Generation) -> None:
    async def provision(company: str) -> None:
        async with await connected(with_companies, Role.PROVISIONER) as conn:
            await provision_company(conn, company)

    await asyncio.gather(*(provision(company) for company in (COMPANY, COMPANY, OTHER, OTHER)))
    await provision(COMPANY)
    expected = sorted(COMPANY_VIEWS)
    for company in (COMPANY, OTHER):
        found = await made(with_companies, company)
        assert [row[0] for row in found] == expected
        assert {row[1:3] for row in found} == {(VIEWS, VIEWS)}
        assert all("security_barrier=true" in str(row[3]) for row in found)


async def test_a_company_that_a_view_is_missing_of_is_completed(with_companies: Generation) -> None:
    async with await connected(with_companies, Role.PROVISIONER) as conn, await connected(with_companies) as admin:
        await provision_company(conn, COMPANY)
        whole = await made(with_companies, COMPANY)
        await admin.execute(f"drop view {company_schema(COMPANY)}.leads")
        assert await made(with_companies, COMPANY) != whole
        await provision_company(conn, COMPANY)
        assert await made(with_companies, COMPANY) == whole


async def test_what_is_no_company_s_id_makes_nothing(with_companies: Generation) -> None:
    shapes = ("", "x", COMPANY.upper(), COMPANY.replace("-", ""), f"{COMPANY}\n", f"{COMPANY}'; drop schema core; --")
    async with await connected(with_companies, Role.PROVISIONER) as conn:
        for company in shapes:
            with pytest.raises(errors.InvalidParameterValue):
                await provision_company(conn, company)
        with pytest.raises(errors.InvalidParameterValue):
            await conn.execute(f"select {TEMPLATE}.provision(null)")
        with pytest.raises(errors.NoDataFound):
            await provision_company(conn, str(uuid4()))
    async with await connected(with_companies) as admin:
        found = await (await admin.execute("select nspname from pg_namespace where nspname ~ '^c_'")).fetchall()
    assert found == []


async def test_a_company_s_login_has_rights_in_each_generation_once_they_are_granted(
    make_generation: MakeGeneration, with_companies: Generation
) -> None:
    newer = await make_generation(2, with_companies.prefix)
    async with await connected(with_companies) as admin:
        await drop_login(admin, company_login(COMPANY))  # of an earlier test: whoever has one gets rights at once
    log = Log()
    set_up(log)
    await newer.project(log)

    async def names(generation: Generation) -> list[tuple[object, ...]]:
        dsn = dsn_for(generation.admin, generation.n, company_login(COMPANY), "its own", prefix=generation.prefix)
        async with await psycopg.AsyncConnection.connect(dsn) as conn:
            return await (await conn.execute("select name from centurions")).fetchall()

    for generation in (with_companies, newer):
        async with await connected(generation) as admin:
            await provision_company(admin, COMPANY)
            await grant_login(admin, str(uuid4()))  # it has none: nothing happens
    async with await connected(with_companies) as admin:
        await give_login(admin, COMPANY, "its own")
    assert await names(with_companies) == [("Clara",)]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        await names(newer)
    async with await connected(newer) as admin:
        await grant_login(admin, COMPANY)
    assert await names(newer) == [("Clara",)]


FORBIDDEN = [
    "select from core.leads",
    "select from core.companies",
    "select from work.positions",
    f"select from {TEMPLATE}.leads",
    f"select from {company_schema(COMPANY)}.leads",
    f"drop view {company_schema(COMPANY)}.leads",
    f"drop schema {company_schema(COMPANY)} cascade",
    f"create view {company_schema(COMPANY)}.mine as select 1",
    f"grant usage on schema {company_schema(COMPANY)} to public",
    "drop table core.leads cascade",
    f"drop function {TEMPLATE}.provision(text)",
    f"create or replace function {TEMPLATE}.provision(p_company text) returns void language sql as ''",
    "create schema c_other",
    "create table public.mine (x text)",
    "create temp table mine (x text)",
    "create role mine",
    "create database mine",
    f"alter role {Role.APP} password 'x'",
    f"alter role {Role.PROVISIONER} createrole",
    f"set role {VIEWS}",
    f"set role {Role.RUNNER}",
    "alter table core.leads no force row level security",
    "copy (select 1) to program 'cat >/dev/null'",
]


async def test_the_provisioner_is_refused_everything_else(with_companies: Generation) -> None:
    async with await connected(with_companies, Role.PROVISIONER) as conn:
        await provision_company(conn, COMPANY)
        for statement in FORBIDDEN:
            with pytest.raises(errors.InsufficientPrivilege):
                await conn.execute(statement)


async def test_control_an_administrator_may_do_all_that(with_companies: Generation) -> None:
    """So that each refusal is one of rights, and not of a name that is not there. Nothing is kept."""
    async with await connected(with_companies) as admin:
        await provision_company(admin, COMPANY)
        for statement in FORBIDDEN:
            async with admin.transaction(force_rollback=True):
                try:
                    await admin.execute(statement)
                except errors.ActiveSqlTransaction:
                    assert statement.startswith("create database")


async def test_nobody_else_may_have_schemas_made(with_companies: Generation) -> None:
    for role in set(Role) - {Role.PROVISIONER}:
        async with await connected(with_companies, role) as conn:
            with pytest.raises(errors.InsufficientPrivilege):
                await provision_company(conn, COMPANY)
