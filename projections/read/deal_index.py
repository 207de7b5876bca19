"""Deals of all companies, without a word of whose they are: what the holding looks over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from projections.pool import Connection
from projections.read.deals import State
from projections.read.page import Page, decode_cursor, limit_of, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedDeal:
    """value: in the currency's smallest unit; None where nobody said."""

    company_id: str
    id: str
    lead_id: str
    pipeline_id: str
    stage_id: str
    state: str
    value: int | None
    currency: str | None
    opened_at: datetime
    closed_at: datetime | None


SELECT: Final = """
select company_id, id, lead_id, pipeline_id, stage_id, state, value, currency, opened_at, closed_at from core.deals d
where true
"""


async def deal_index(
    conn: Connection, *, company: str | None, state: State | None = None, limit: int = 50, after: str | None = None
) -> Page[IndexedDeal]:
    """The newest first, of those that the connection sees. company: None for all. Raises InvalidInput for a bad cursor
    or limit."""
    values: dict[str, object] = {"limit": limit_of(limit) + 1, "company": company, "state": state}
    query = SELECT
    query += " and d.company_id = %(company)s" if company is not None else ""
    query += " and d.state = %(state)s" if state is not None else ""
    if after is not None:
        query += " and (d.opened_at, d.id) < (%(at)s, %(id)s)"
        values["at"], values["id"] = decode_cursor(after, datetime, str)
    async with conn.cursor(row_factory=class_row(IndexedDeal)) as cursor:
        await cursor.execute((query + " order by d.opened_at desc, d.id desc limit %(limit)s").encode(), values)
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.opened_at, row.id))
