"""Conversations of one company. `conn`: from `ReadDb.company(company)`, or `ReadDb.system()` for runners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from domain.access.sight import Scope
from projections.pool import Connection
from projections.read.leads import few_seen
from projections.read.page import Page, decode_cursor, limit_of, page_of

Status = Literal["idle", "gathering", "replying", "sending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One lead on one channel instance.

    floor: `centurion` or `human`. unread: the lead's messages since the company's last answer. address: where answers
    go. centurion_id, centurion_version: of the last closed turn. turn_id: the open turn. reply_id, reply_state
    (`making`, `sending`): the reply in the making. status: what the Centurion is at: gathers the lead's burst, makes a
    reply, sends it. human_asked: why a human should look, None when nobody need. preview: the last message's words.
    """

    id: str
    lead_id: str
    lead_name: str | None
    instance_id: str
    channel: str
    address: str | None
    centurion_id: str | None
    centurion_version: int | None
    floor: str
    floor_reason: str | None
    floor_by: str | None
    unread: int
    turn_id: str | None
    turn_due_at: datetime | None
    reply_id: str | None
    reply_state: str | None
    status: Status
    human_asked: str | None
    human_asked_at: datetime | None
    started_at: datetime
    last_at: datetime
    preview: str | None


SELECT = """
select c.id, c.lead_id, l.name as lead_name, c.instance_id, c.channel, c.address, c.centurion_id, c.centurion_version,
    c.floor, c.floor_reason, c.floor_by, c.unread, c.turn_id, c.turn_due_at, c.reply_id, c.reply_state,
    case when c.reply_id is not null then case when c.reply_state = 'sending' then 'sending' else 'replying' end
        when c.turn_id is not null then 'gathering' else 'idle' end as status,
    c.human_asked, c.human_asked_at, c.started_at, c.last_at, m.text as preview
from core.conversations c
left join core.leads l on l.company_id = c.company_id and l.id = c.lead_id
left join lateral (
    select text from core.messages m where m.company_id = c.company_id and m.conversation_id = c.id
    order by m.at desc, m.pos desc, m.seq desc limit 1
) m on true
where c.company_id = %(company)s
"""


async def conversation(conn: Connection, company: str, conversation_id: str) -> Conversation | None:
    async with conn.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(SELECT + " and c.id = %(id)s", {"company": company, "id": conversation_id})
        return await cursor.fetchone()


async def conversations(
    conn: Connection,
    company: str,
    *,
    lead: str | None = None,
    limit: int = 50,
    after: str | None = None,
    scope: Scope = Scope.COMPANY,
) -> Page[Conversation]:
    """The latest first, of all leads or of one. scope: as of `leads`. Raises InvalidInput for a bad cursor or limit."""
    limit = limit_of(limit)
    values: dict[str, object] = {"company": company, "limit": limit + 1}
    query = SELECT
    if lead is not None:
        query += " and c.lead_id = %(lead)s"
        values["lead"] = lead
    elif (few := await few_seen(conn, company, scope)) is not None:
        query += " and c.lead_id = any (%(few)s)"
        values["few"] = few
    if after is not None:
        query += " and (c.last_at, c.id) < (%(at)s, %(id)s)"
        values["at"], values["id"] = decode_cursor(after, datetime, str)
    async with conn.cursor(row_factory=class_row(Conversation)) as cursor:
        await cursor.execute(query + " order by c.last_at desc, c.id desc limit %(limit)s", values)
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.last_at, row.id))
