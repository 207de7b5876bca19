"""The second policy: within a company, which rows the app sees of leads and of all that hangs on a lead. Pure.

`legion.scope` and `legion.user` say whose sight it is (`domain.access.sight`), beside `legion.company` in the same
transaction; without them no lead is seen. What a scope holds is asked of `core.leads` alone: every other table asks
whether the row's lead is seen, and PostgreSQL applies the policies of leads to that question too, and those of teams
and members, which are of the same company only.

A scalar subquery by the whole key and not `exists`: PostgreSQL would gather all visible leads in a hash first, for a
page of fifty.
"""

from __future__ import annotations

from typing import Final

from domain.access.sight import Scope
from projections.engine.table import SCHEMA, Table
from projections.tables.leads import Leads

SCOPE: Final = "(select current_setting('legion.scope', true))"
USER: Final = "(select current_setting('legion.user', true))"
"""Subqueries: read once for a query, not for each row. After a transaction a setting is '' and not NULL."""

ALL: Final = f"{SCOPE} = 'company'"

_MINE: Final = f"select team_id from {SCHEMA}.team_members where user_id = {USER}"  # noqa: S608 - our names
MINE: Final = f"any (array({_MINE}))"
"""Teams of the user."""

BESIDE: Final = f"any (array(select user_id from {SCHEMA}.team_members where team_id in ({_MINE})))"  # noqa: S608
"""Users who are in a team with them."""

FORMER: Final = f"any (array(select user_id from {SCHEMA}.former_members))"  # noqa: S608 - our names
RETIRED: Final = f"any (array(select id from {SCHEMA}.teams where retired))"  # noqa: S608 - our names
"""Who holds a lead in the log, and cannot work on it any more."""

SEEN_BY: Final = {
    Scope.OWN: f"""
        assigned_user = {USER}
        or assigned_user is null and assigned_team is null
        or assigned_user is null and assigned_team = {MINE}
    """,
    Scope.TEAM: f"""
        assigned_user = {USER}
        or assigned_user = {BESIDE}
        or assigned_team = {MINE}
        or assigned_user is null and (assigned_team is null or assigned_team = {RETIRED})
        or assigned_user = {FORMER} and (assigned_team is null or assigned_team = {RETIRED})
    """,
}
"""Of leads. Nothing is said by a negative, so that indexes find it."""

LEADS: Final = f"{ALL} or {USER} <> '' and (" + " or ".join(
    f"{SCOPE} = '{scope}' and ({seen})" for scope, seen in SEEN_BY.items()
) + ")"  # fmt: skip


HANGS_ON: Final = {"lead_id": "leads", "conversation_id": "conversations", "deal_id": "deals"}
"""Column → table whose row decides; the first that a table has."""


def narrowed(scope: Scope) -> str:
    """What the policy says of leads anyway, once more in the query: only there PostgreSQL can find few leads of many by
    an index, for the policy also has to be true of who sees all."""
    return "" if scope is Scope.COMPANY else f" and ({SEEN_BY[scope]})"


def sight(table: type[Table]) -> str | None:
    """The condition that a row of the table is seen; None where no row is of a lead. By the names of its columns, so
    that no table is forgotten."""
    names = {column.name for column in table.COLUMNS}
    if table is Leads:
        return LEADS
    for name, of in HANGS_ON.items():
        if name in names:
            return f"{ALL} or {_seen(of, f'{table.NAME}.{name}', table.NAME)}"
    return by_journey(table.NAME) if "journey" in names else None


def by_journey(table: str) -> str:
    """Of rows that say their journey: those of other journeys than leads' are nobody's in particular."""
    return f"{ALL} or {table}.journey not like 'lead/%' or {_seen('leads', f'substr({table}.journey, 6)', table)}"


def _seen(of: str, id_: str, table: str) -> str:
    return f"(select true from {SCHEMA}.{of} o where o.company_id = {table}.company_id and o.id = {id_})"  # noqa: S608
