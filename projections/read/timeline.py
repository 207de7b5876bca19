"""The messages of a conversation, in and out. `conn`: from `ReadDb.company(company)` or `ReadDb.system()`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from domain.kernel.items import RECEIPT_STATUSES
from projections.pool import Connection
from projections.read.page import Page, decode_cursor, limit_of, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row of the timeline.

    direction: `in` (the lead), `out` (a chunk of a Centurion's reply), `human` (somebody on the phone).
    state: `received`, or of a chunk `pending`, `attempted`, `sent`, `failed`, `unknown`, `cancelled`.
    text: the words as they stand now (an edit wins); None when there are none, or erased. content: everything else
    the provider said. receipt: the furthest of `RECEIPT_STATUSES`. reaction: the lead's emoji.
    code: why it failed. seq: of a chunk within its reply, from 0.
    """

    id: str
    conversation_id: str
    direction: str
    kind: str
    state: str
    provider_id: str | None
    text: str | None
    content: dict[str, Any] | None
    quoted_id: str | None
    reply_id: str | None
    seq: int
    typing_ms: int
    late: bool
    erased: bool
    code: str | None
    at: datetime
    pos: int
    provider_at: datetime | None
    receipt: str | None
    receipt_at: datetime | None
    receipt_code: str | None
    edited: bool
    deleted: bool
    reaction: str | None


RECEIPTS = ", ".join(f"'{status}'" for status in RECEIPT_STATUSES)

SELECT = f"""
select m.id, m.conversation_id, m.direction, m.kind,
    case when m.state = 'pending' and r.reason is not null then 'cancelled' else m.state end as state,
    m.provider_id, coalesce(s.text, m.text) as text, m.content, m.quoted_id, m.reply_id, m.seq, m.typing_ms, m.late,
    m.erased, m.code, m.at, m.pos, m.provider_at, (array[{RECEIPTS}])[s.receipt] as receipt, s.receipt_at,
    s.receipt_code, coalesce(s.edited, false) as edited, coalesce(s.deleted, false) as deleted, s.reaction
from core.messages m
left join core.message_states s on s.company_id = m.company_id and s.conversation_id = m.conversation_id
    and s.provider_id = m.provider_id
left join core.replies r on r.company_id = m.company_id and r.id = m.reply_id
where m.company_id = %(company)s
"""  # noqa: S608 - built from our own constants


async def message(conn: Connection, company: str, message_id: str) -> Message | None:
    """By our id: of a message, or of a chunk."""
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(SELECT + " and m.id = %(id)s", {"company": company, "id": message_id})
        return await cursor.fetchone()


async def timeline(
    conn: Connection, company: str, conversation: str, *, limit: int = 50, before: str | None = None
) -> Page[Message]:
    """The newest first; `next` leads to older ones. Raises InvalidInput for a bad cursor or limit."""
    limit = limit_of(limit)
    values: dict[str, object] = {"company": company, "conversation": conversation, "limit": limit + 1}
    query = SELECT + " and m.conversation_id = %(conversation)s"
    if before is not None:
        query += " and (m.at, m.pos, m.seq) < (%(at)s, %(pos)s, %(seq)s)"
        values["at"], values["pos"], values["seq"] = decode_cursor(before, datetime, int, int)
    async with conn.cursor(row_factory=class_row(Message)) as cursor:
        await cursor.execute(query + " order by m.at desc, m.pos desc, m.seq desc limit %(limit)s", values)
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.at, row.pos, row.seq))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Where a provider's message stands. direction: as in Message."""

    lead_id: str
    conversation_id: str
    message_id: str
    direction: str


async def by_provider_id(conn: Connection, company: str, instance: str, provider_id: str) -> Known | None:
    """The message that the provider knows by this id on this instance, in whichever journey it is."""
    async with conn.cursor(row_factory=class_row(Known)) as cursor:
        await cursor.execute(
            "select c.lead_id, c.id as conversation_id, m.id as message_id, m.direction"
            " from core.messages m join core.conversations c on c.company_id = m.company_id"
            " and c.id = m.conversation_id"
            " where m.company_id = %s and m.provider_id = %s and c.instance_id = %s order by m.at limit 1",
            (company, provider_id, instance),
        )
        return await cursor.fetchone()
