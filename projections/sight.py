"""The second policy: within a company, which rows the app sees of leads and of all that hangs on a lead. Pure.

`legion.scope` and `legion.user` say whose sight it is (`domain.access.sight`), beside `legion.company` in the same
transaction; without them no lead is seen. What a scope holds is asked of `core.leads` alone: every other table asks
whether the row's lead is seen, and PostgreSQL applies the policy of leads to that question too.

A scalar subquery by the whole key and not `exists`: PostgreSQL would gather all visible leads in a hash first, for a
page of fifty.
"""

from __future__ import annotations

from typing import Final

from projections.engine.table import SCHEMA, Table
from projections.tables.leads import Leads

COMPANY: Final = "(select current_setting('legion.company', true))"
SCOPE: Final = "(select current_setting('legion.scope', true))"
USER: Final = "(select current_setting('legion.user', true))"
"""Subqueries: read once for a query, not for each row. After a transaction a setting is '' and not NULL."""

ALL: Final = f"{SCOPE} = 'company'"

MINE: Final = f"select team_id from {SCHEMA}.team_members where company_id = {COMPANY} and user_id = {USER}"  # noqa: S608
"""Teams of the user."""

BESIDE: Final = f"select user_id from {SCHEMA}.team_members where company_id = {COMPANY} and team_id in ({MINE})"  # noqa: S608
"""Users who are in a team with them."""

MEMBERS: Final = f"select user_id from {SCHEMA}.members where company_id = {COMPANY}"  # noqa: S608
TEAMS: Final = f"select id from {SCHEMA}.teams where company_id = {COMPANY} and not retired"  # noqa: S608

LEADS: Final = f"""
{ALL} or {SCOPE} in ('team', 'own') and {USER} <> '' and (
    assigned_user = {USER}
    or assigned_user is null and (assigned_team is null or assigned_team in ({MINE}))
    or {SCOPE} = 'team' and (
        assigned_team in ({MINE})
        or assigned_user in ({BESIDE})
        or (assigned_user is null or assigned_user not in ({MEMBERS}))
            and (assigned_team is null or assigned_team not in ({TEAMS}))
    )
)
"""


def sight(table: type[Table]) -> str | None:
    """The condition that a row of the table is seen; None where no row is of a lead. By the names of its columns, so
    that no table is forgotten."""
    names = {column.name for column in table.COLUMNS}
    if table is Leads:
        return LEADS
    if "lead_id" in names:
        return f"{ALL} or {_seen('leads', f'{table.NAME}.lead_id', table.NAME)}"
    if "conversation_id" in names:
        return f"{ALL} or {_seen('conversations', f'{table.NAME}.conversation_id', table.NAME)}"
    return by_journey(table.NAME) if "journey" in names else None


def by_journey(table: str) -> str:
    """Of rows that say their journey: those of other journeys than leads' are nobody's in particular."""
    return f"{ALL} or {table}.journey not like 'lead/%' or {_seen('leads', f'substr({table}.journey, 6)', table)}"


def _seen(of: str, id_: str, table: str) -> str:
    return f"(select true from {SCHEMA}.{of} o where o.company_id = {table}.company_id and o.id = {id_})"  # noqa: S608
