"""Leads of one company, as people see them. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from projections.pool import Connection
from projections.read.page import Page, decode_cursor, limit_of, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """name: None when unknown or erased. winner: the lead that goes on after a merge."""

    id: str
    name: str | None
    source: str
    opted_out: bool
    winner: str | None
    erased: bool
    created_at: datetime
    last_message_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAlias:
    """value: None when erased."""

    scheme: str
    value: str | None
    linked_at: datetime


COLUMNS = "id, name, source, opted_out, winner, erased, created_at, last_message_at"


async def lead(conn: Connection, company: str, lead_id: str) -> Lead | None:
    async with conn.cursor(row_factory=class_row(Lead)) as cursor:
        await cursor.execute(
            f"select {COLUMNS} from core.leads where company_id = %s and id = %s",  # noqa: S608 - constant columns
            (company, lead_id),
        )
        return await cursor.fetchone()


async def aliases(conn: Connection, company: str, lead_id: str) -> tuple[LeadAlias, ...]:
    async with conn.cursor(row_factory=class_row(LeadAlias)) as cursor:
        await cursor.execute(
            "select scheme, value, linked_at from core.lead_aliases"
            " where company_id = %s and lead_id = %s order by linked_at, alias_hash",
            (company, lead_id),
        )
        return tuple(await cursor.fetchall())


async def leads(conn: Connection, company: str, *, limit: int = 50, after: str | None = None) -> Page[Lead]:
    """The latest heard of first. after: a page's `next`. Raises InvalidInput for a bad cursor or limit."""
    limit = limit_of(limit)
    seek = decode_cursor(after, datetime, str) if after else None
    async with conn.cursor(row_factory=class_row(Lead)) as cursor:
        await cursor.execute(
            f"select {COLUMNS} from core.leads where company_id = %(company)s"  # noqa: S608 - constant columns
            + (" and (last_message_at, id) < (%(at)s, %(id)s)" if seek else "")
            + " order by last_message_at desc, id desc limit %(limit)s",
            {"company": company, "limit": limit + 1, **(dict(zip(("at", "id"), seek, strict=True)) if seek else {})},
        )
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.last_message_at, row.id))
