"""S2: the catalogue of a live read database says what the code says, and each planted fault is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg
import pytest

from projections.catalogue.facts import facts_of
from projections.catalogue.laws import broken_laws
from projections.catalogue.lint import findings
from projections.catalogue.reference import SCRATCH, Reference, reference
from projections.ddl import TEMPLATE, VIEWS
from projections.names import Role, company_login, company_schema
from projections.pool import Connection
from projections.provision import give_login, provision_company
from proof.ground.generation import Generation
from proof.ground.generation import make_generation as made
from proof.ground.histories import COMPANY, OTHER, Log, set_up
from proof.servers import Postgres

pytestmark = pytest.mark.stack

MINE, THEIRS = company_schema(COMPANY), company_schema(OTHER)

FAULTS = {
    "row security off": "alter table core.leads disable row level security",
    "row security not forced": "alter table core.leads no force row level security",
    "policy dropped": "drop policy sees_own on core.leads",
    "restrictive policy dropped": "drop policy only_own on core.leads",
    "restrictive policy of the cache dropped": "drop policy only_own on cache.snapshots",
    "policy widened": "alter policy sees_own on core.leads using (true)",
    "policy of another role": "alter policy runs on core.leads to legion_runner, legion_writer",
    "policy added": "create policy more on core.leads for select to legion_app using (true)",
    "company may be null": "alter table core.leads drop constraint leads_pkey, alter company_id drop not null",
    "key without its company": "alter table core.leads drop constraint leads_pkey, add primary key (id)",
    "unique over companies": "create unique index one_of_all on core.leads (id)",
    "table of another owner": "alter table core.leads owner to legion_projector",
    "table beside ours": "create table core.more (company_id text primary key, word text)",
    "copy without policies": "create materialized view core.copy as select * from core.leads",
    "foreign key over companies": (
        "alter table core.leads add unique (id), add mine text, add foreign key (mine) references core.leads (id)"
    ),
    "view of companies without barrier": f"alter view {MINE}.leads reset (security_barrier)",
    "view of companies without check option": f"alter view {MINE}.leads reset (check_option)",
    "view of companies with a local check only": f"alter view {MINE}.leads set (check_option = local)",
    "view of companies of another owner": f"alter view {MINE}.leads owner to {Role.RUNNER}",
    "view of companies that shows all": (
        f"create or replace view {MINE}.leads with (security_barrier) as select * from {TEMPLATE}.leads"
        f" with cascaded check option"
    ),
    "view of companies that shows another": (
        f"create or replace view {MINE}.leads with (security_barrier) as select * from {TEMPLATE}.leads"
        f" where company_id = '{OTHER}' with cascaded check option"
    ),
    "view of companies missing": f"drop view {MINE}.leads",
    "view with its owner's rights": "alter view work.open_effects reset (security_invoker)",
    "company's schema open to another": f"grant usage on schema {MINE} to {company_login(OTHER)}",
    "company's view open to another": f"grant select on {MINE}.leads to {company_login(OTHER)}",
    "company's view writable": f"grant update on {MINE}.leads to {company_login(COMPANY)}",
    "company's login in our tables": f"grant select on core.leads to {company_login(COMPANY)}",
    "function with its owner's rights": (
        "create function work.more() returns bigint language sql security definer set search_path = ''"
        " as 'select count(*) from core.leads'"
    ),
    "function given its owner's rights": "alter function work.may_claim() security definer",
    "path unpinned": f"alter function {TEMPLATE}.provision(text) reset search_path",
    "path of the caller's choice": f"alter function {TEMPLATE}.provision(text) set search_path = public, pg_catalog",
    "function with another body": (
        f"create or replace function {TEMPLATE}.provision(p_company text) returns void language sql"
        f" security definer set search_path = pg_catalog, pg_temp as ''"
    ),
    "function of the superuser": f"alter function {TEMPLATE}.provision(text) owner to postgres",
    "function of the projector": f"alter function {TEMPLATE}.provision(text) owner to {Role.PROJECTOR}",
    "function open to all": f"grant execute on function {TEMPLATE}.provision(text) to public",
    "function open to the app": f"grant execute on function {TEMPLATE}.provision(text) to {Role.APP}",
    "table open to all": "grant select on core.leads to public",
    "schema open to all": "grant usage on schema core to public",
    "database open to all": "grant connect on database {database} to public",
    "column open to all": "grant select (id) on core.leads to public",
    "column open to one more": f"grant select (name) on core.leads to {VIEWS}",
    "column written by the app": f"grant update (opted_out) on core.leads to {Role.APP}",
    "table written by the runner": f"grant update on core.effects to {Role.RUNNER}",
    "right that may be passed on": f"grant select on core.leads to {Role.APP} with grant option",
    "right taken": f"revoke select on core.leads from {Role.RUNNER}",
    "schemas made by the app": "grant create on database {database} to legion_app",
    "default right to all": "alter default privileges in schema core grant select on tables to public",
    "default right to the app": "alter default privileges grant select on tables to legion_app",
    "past row security": f"alter role {Role.APP} bypassrls",
    "superuser": f"alter role {Role.RUNNER} superuser",
    "makes roles": f"alter role {Role.PROVISIONER} createrole",
    "replicates": f"alter role {Role.WRITER} replication",
    "owner logs in": f"alter role {VIEWS} login",
    "member of the owner": f"grant legion_owner to {Role.APP}",
    "member of the runner": f"grant {Role.RUNNER} to {company_login(COMPANY)}",
    "runner is the app by itself": f"grant {Role.APP} to {Role.RUNNER} with inherit true",
    "reads all by a role of the server's": f"grant pg_read_all_data to {Role.APP}",
    "company by default": f"alter role {Role.APP} set legion.company = '{COMPANY}'",
    "company by default of the database": "alter database {database} set legion.company = 'x'",
    "path of a company's login": f"alter role {company_login(COMPANY)} set search_path = {THEIRS}, core",
    "trigger that copies": (
        "create trigger copies before update on core.leads for each row"
        " execute function suppress_redundant_updates_trigger()"
    ),
    "rule that copies": "create rule copies as on update to core.leads do also notify copies",
    "published": "create publication everything for all tables",
    "words in statistics": "alter table core.leads alter name set statistics 100",
}


@dataclass(frozen=True)
class Linted:
    """generation: with two companies and a login of each."""

    generation: Generation
    expected: Reference


@pytest.fixture(scope="module")
async def linted(postgres: Postgres) -> Linted:
    generation = await made(postgres.dsn)
    log = Log()
    set_up(log)
    set_up(log, OTHER, slug="other")
    await generation.project(log)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        for company in (COMPANY, OTHER):
            await provision_company(conn, company)
            await give_login(conn, company, "its own")
    return Linted(generation, await reference(postgres.dsn))


@pytest.fixture
async def admin(linted: Linted) -> AsyncIterator[Connection]:
    """What it does is undone."""
    async with await psycopg.AsyncConnection.connect(linted.generation.dsn()) as conn:
        yield conn
        await conn.rollback()


async def test_an_untouched_database_has_no_findings(linted: Linted, admin: Connection) -> None:
    assert await findings(admin, linted.expected) == []
    async with await psycopg.AsyncConnection.connect(linted.generation.dsn(Role.RUNNER)) as runner:
        assert await findings(runner, linted.expected) == [], "whoever looks sees the same"


async def test_the_comparison_leaves_nothing_behind(linted: Linted, admin: Connection) -> None:
    left = await (await admin.execute("select from pg_database where starts_with(datname, %s)", (SCRATCH,))).fetchall()
    assert left == []
    logins = await (
        await admin.execute("select from pg_roles where rolname ~ %s", (linted.expected.schema,))
    ).fetchall()
    assert logins == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_control_each_planted_fault_is_found(linted: Linted, admin: Connection, fault: str) -> None:
    database = admin.info.dbname
    await admin.execute("grant usage, create on schema core, work to legion_projector, legion_runner")  # to own there
    before = set(await findings(admin, linted.expected))
    await admin.execute(FAULTS[fault].replace("{database}", database).encode())
    assert set(await findings(admin, linted.expected)) - before


async def test_the_laws_alone_hold_what_the_code_makes(admin: Connection) -> None:
    """Were the code itself wrong, no comparison with it would tell."""
    for statement in (
        "alter table core.leads no force row level security",
        "drop policy only_own on core.leads",
        "alter table core.leads drop constraint leads_pkey, add primary key (id)",
        f"alter view {MINE}.leads reset (check_option)",
        f"alter function {TEMPLATE}.provision(text) reset search_path",
        "grant select on core.leads to public",
        f"grant usage on schema {MINE} to {Role.APP}",
        f"alter role {Role.APP} bypassrls",
        "alter default privileges grant select on tables to public",
    ):
        async with admin.transaction(force_rollback=True):
            assert await broken_laws(admin) == []
            await admin.execute(statement.encode())
            assert await broken_laws(admin), statement


async def test_facts_are_of_every_kind_that_the_code_makes(admin: Connection) -> None:
    """So that a query that finds nothing is not taken for a database without faults."""
    kinds = {fact.kind for fact in await facts_of(admin)}
    assert {"trigger", "rule", "publication", "foreign server", "default right"}.isdisjoint(kinds)
    assert kinds >= {"policy", "relation", "view", "column", "constraint", "unique index", "function", "schema"}
    assert kinds >= {f"right on {what}" for what in ("schema", "relation", "column", "function", "database")}
