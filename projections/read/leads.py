"""Leads of one company, as people see them. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from domain.access.sight import Scope
from projections.pool import Connection
from projections.read.page import Page, decode_cursor, limit_of, page_of
from projections.sight import narrowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """name: None when unknown or erased. winner: the lead that goes on after a merge.

    assigned_user, assigned_team: whose it is, since assigned_at; both None: nobody's.

    state: how far they are, since state_at. intent: what they want, as far as it is known. deal_id: the newest deal.

    erasure: None, `completing` (raw bodies of before can be opened until bodies_until) or `completed`.
    """

    id: str
    name: str | None
    source: str
    opted_out: bool
    winner: str | None
    erased: bool
    created_at: datetime
    last_message_at: datetime
    erasure: str | None
    erasure_reason: str | None
    erased_at: datetime | None
    bodies_until: datetime | None
    assigned_user: str | None
    assigned_team: str | None
    assigned_at: datetime | None
    state: str
    state_at: datetime
    intent: str | None
    deal_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAlias:
    """value: None when erased."""

    scheme: str
    value: str | None
    linked_at: datetime


COLUMNS = (
    "id, name, source, opted_out, winner, erased, created_at, last_message_at, erasure, erasure_reason, erased_at,"
    " bodies_until, assigned_user, assigned_team, assigned_at, state, state_at, intent,"
    " deal_id"
)


async def lead(conn: Connection, company: str, lead_id: str) -> Lead | None:
    async with conn.cursor(row_factory=class_row(Lead)) as cursor:
        await cursor.execute(
            f"select {COLUMNS} from core.leads where company_id = %s and id = %s",  # noqa: S608 - constant columns
            (company, lead_id),
        )
        return await cursor.fetchone()


async def absorbed(conn: Connection, company: str, lead_id: str) -> tuple[str, ...]:
    """Leads whose life goes on in this one, directly or by another, and which are not erased yet."""
    cursor = await conn.execute(
        "with recursive gone as (select id, erased from core.leads where company_id = %(company)s and winner = %(lead)s"
        " union select l.id, l.erased from core.leads l join gone g on l.winner = g.id"
        " where l.company_id = %(company)s) select id from gone where not erased and id <> %(lead)s order by id",
        {"company": company, "lead": lead_id},
    )
    return tuple([id_ for (id_,) in await cursor.fetchall()])


async def alias_hashes(conn: Connection, company: str, lead_id: str) -> tuple[str, ...]:
    """Hex hashes of the aliases that the log linked."""
    cursor = await conn.execute(
        "select alias_hash from core.lead_aliases where company_id = %s and lead_id = %s order by 1",
        (company, lead_id),
    )
    return tuple([hash_ for (hash_,) in await cursor.fetchall()])


async def aliases(conn: Connection, company: str, lead_id: str) -> tuple[LeadAlias, ...]:
    async with conn.cursor(row_factory=class_row(LeadAlias)) as cursor:
        await cursor.execute(
            "select scheme, value, linked_at from core.lead_aliases"
            " where company_id = %s and lead_id = %s order by linked_at, alias_hash",
            (company, lead_id),
        )
        return tuple(await cursor.fetchall())


FEW: Final = 500
"""Leads from which a list starts rather than from its newest row: of more, a page is soon full."""


async def few_seen(conn: Connection, company: str, scope: Scope) -> list[str] | None:
    """The leads that the connection's reader sees, where they are few; None where they are more, or all. How many rows
    a policy leaves PostgreSQL cannot know: it would look for the last of three leads among all the company's."""
    if scope is Scope.COMPANY:
        return None
    cursor = await conn.execute(
        f"select id from core.leads where company_id = %s{narrowed(scope)} limit %s",  # noqa: S608 - our own constants
        (company, FEW + 1),
    )
    found = [id_ for (id_,) in await cursor.fetchall()]
    return found if len(found) <= FEW else None


async def leads(
    conn: Connection, company: str, *, limit: int = 50, after: str | None = None, scope: Scope = Scope.COMPANY
) -> Page[Lead]:
    """The latest heard of first. after: a page's `next`. scope: of the connection's sight, to find few of many fast.

    Raises InvalidInput for a bad cursor or limit.
    """
    limit = limit_of(limit)
    seek = decode_cursor(after, datetime, str) if after else None
    few = await few_seen(conn, company, scope)
    async with conn.cursor(row_factory=class_row(Lead)) as cursor:
        await cursor.execute(
            f"select {COLUMNS} from core.leads where company_id = %(company)s"  # noqa: S608 - constant columns
            + ("" if few is None else " and id = any (%(few)s)")
            + (" and (last_message_at, id) < (%(at)s, %(id)s)" if seek else "")
            + " order by last_message_at desc, id desc limit %(limit)s",
            {
                "company": company,
                "limit": limit + 1,
                "few": few,
                **(dict(zip(("at", "id"), seek, strict=True)) if seek else {}),
            },
        )
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.last_message_at, row.id))
