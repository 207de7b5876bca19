"""The statements that make a generation, from the table classes and `sql/`. All idempotent. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from projections.engine.table import SCHEMA, Table
from projections.names import Role
from projections.sight import by_journey, sight
from projections.tables import COMPANY_VIEWS, TABLES
from projections.tables.holding import Companies
from projections.tables.log import Journal, Journeys, Quarantine

SQL: Final = Path(__file__).parent / "sql"

OWNER: Final = "legion_owner"
"""Owns the tables; logs in nowhere and has no policy: FORCE ROW LEVEL SECURITY binds it too."""

VIEWS: Final = "legion_views"
"""Owns the schemas and views of companies, so that they read by its policy and not past all of them, and the function
that makes them. Logs in nowhere."""

TEMPLATE: Final = "_template_base"

SAME_COMPANY: Final = "company_id = current_setting('legion.company', true)"
"""After a transaction the setting is '' and not NULL: no company has that id either way."""


def roles() -> Iterator[str]:
    """Cluster-wide. Logins get their passwords elsewhere."""
    for name in (OWNER, VIEWS):
        yield _create_role(name, "nologin")
    for role in Role:
        yield _create_role(role, "login")
    # May become APP (for one company's reads), but has none of its rights by itself.
    yield f"grant {Role.APP} to {Role.RUNNER} with inherit false, set true"
    # Young tables have no statistics, and these joins get slower as they grow (facts of the projector's trial).
    for role in (Role.PROJECTOR, Role.WRITER):
        yield f"alter role {role} set enable_hashjoin = off"
        yield f"alter role {role} set enable_mergejoin = off"


def schema() -> Iterator[str]:
    """Inside the generation's database."""
    yield f"create schema if not exists {SCHEMA}"
    for table in TABLES:
        yield from table.ddl()
        yield f"alter table {SCHEMA}.{table.NAME} owner to {OWNER}"
    for table in TABLES:
        yield from _policies(table)
    yield from _file("work.sql")
    yield from _file("claim.sql")
    yield from _cache()
    yield from _grants()
    yield from _template()


def _policies(table: type[Table]) -> Iterator[str]:
    name = f"{SCHEMA}.{table.NAME}"
    yield f"alter table {name} enable row level security"
    yield f"alter table {name} force row level security"
    yield _policy("projects", name, f"to {Role.PROJECTOR} using (true) with check (true)")
    yield _policy("runs", name, f"for select to {Role.RUNNER} using (true)")
    yield _policy("sees_own", name, f"for select to {Role.APP} using ({SAME_COMPANY})")
    # Restrictive as well: a policy that somebody adds later cannot widen what the app sees.
    yield _policy("only_own", name, f"as restrictive to {Role.APP} using ({SAME_COMPANY})")
    if (seen := sight(table)) is not None:
        yield _policy("only_seen", name, f"as restrictive for select to {Role.APP} using ({seen})")
    yield f"grant select, insert, update, delete on {name} to {Role.PROJECTOR}"
    yield f"grant select on {name} to {Role.RUNNER}, {Role.APP}"
    if table in (Journal, Journeys, Quarantine):
        yield _policy("writes_log", name, f"for select to {Role.WRITER} using (true)")
        yield f"grant select on {name} to {Role.WRITER}"
    if table in COMPANY_VIEWS.values():
        yield _policy("shows_company", name, f"for select to {VIEWS} using (true)")
        yield f"grant select on {name} to {VIEWS}"


def _cache() -> Iterator[str]:
    """What whoever reads as the runner may keep and throw away, and the app may read of its own company."""
    name = "cache.snapshots"
    yield from _file("cache.sql")
    yield f"alter table {name} owner to {OWNER}"
    yield f"alter table {name} enable row level security"
    yield f"alter table {name} force row level security"
    yield _policy("keeps", name, f"to {Role.RUNNER} using (true) with check (true)")
    yield _policy("sees_own", name, f"for select to {Role.APP} using ({SAME_COMPANY})")
    yield _policy("only_own", name, f"as restrictive to {Role.APP} using ({SAME_COMPANY})")
    yield _policy("only_seen", name, f"as restrictive for select to {Role.APP} using ({by_journey('snapshots')})")
    yield f"grant usage on schema cache to {Role.RUNNER}, {Role.APP}"
    yield f"grant select, insert, delete on {name} to {Role.RUNNER}"
    yield f"grant select on {name} to {Role.APP}"


def _grants() -> Iterator[str]:
    yield f"grant usage on schema {SCHEMA} to {Role.PROJECTOR}, {Role.RUNNER}, {Role.APP}, {Role.WRITER}, {VIEWS}"
    yield f"grant usage on schema work to {Role.PROJECTOR}, {Role.RUNNER}, {Role.WRITER}"
    yield f"grant select, insert, update, delete on all tables in schema work to {Role.PROJECTOR}"
    yield f"grant select on work.generation, work.positions, work.open_effects to {Role.RUNNER}"
    yield f"grant select, insert, update, delete on work.leases, work.companies, work.instances to {Role.RUNNER}"
    yield f"grant select on work.generation, work.positions to {Role.WRITER}"
    yield "revoke execute on all functions in schema work from public"
    yield f"grant execute on all functions in schema work to {Role.RUNNER}"


def _template() -> Iterator[str]:
    """What a company's schema is made from: one view for each table that it sees."""
    yield f"create schema if not exists {TEMPLATE}"
    for view, table in COMPANY_VIEWS.items():
        columns = ", ".join(f'"{column.name}"' for column in table.COLUMNS)
        name = f"{TEMPLATE}.{view}"
        yield f"create or replace view {name} as select {columns} from {SCHEMA}.{table.NAME}"  # noqa: S608 - our names
        yield f"alter view {name} owner to {VIEWS}"
    yield from _provisioning()


def _provisioning() -> Iterator[str]:
    """Who may have a company's schema made, and what the function that makes it may (docs/adr/0007)."""
    yield from _file("provision.sql")
    function = f"{TEMPLATE}.provision(text)"
    yield f"alter function {function} owner to {VIEWS}"
    yield f"revoke all on function {function} from public"
    yield f"grant execute on function {function} to {Role.PROVISIONER}"
    yield f"grant usage on schema {TEMPLATE} to {VIEWS}, {Role.PROVISIONER}"
    yield f"do $$ begin execute format('grant create on database %I to {VIEWS}', current_database()); end $$"
    companies = f"{SCHEMA}.{Companies.NAME}"
    yield _policy("provisions", companies, f"for select to {VIEWS} using (true)")
    yield f"grant select (id) on {companies} to {VIEWS}"


def _file(name: str) -> Iterator[str]:
    yield (SQL / name).read_text(encoding="utf-8")


def _create_role(name: str, login: str) -> str:
    """CREATE ROLE has no IF NOT EXISTS, and roles are shared by all databases of the server."""
    return (
        f"do $$ begin create role {name} {login}; exception when duplicate_object or unique_violation then null; end $$"
    )


def _policy(name: str, table: str, rule: str) -> str:
    """CREATE POLICY has neither OR REPLACE nor IF NOT EXISTS."""
    return f"do $$ begin create policy {name} on {table} {rule}; exception when duplicate_object then null; end $$"
