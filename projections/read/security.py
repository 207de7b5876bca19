"""Security events of a company, or of the holding. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.rows import class_row

from projections.pool import Connection
from projections.read.page import Page, decode_cursor, limit_of, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """kind: what happened. actor_kind, actor: who did it. user_id: whose account it was about.

    about: session, key, invitation, role or lead; of a failure the account that was tried (or a keyed hash of what was
    typed). resource: what was read of `about`. changes: [{field, before, after}]. network: /24 or /48 that a failure
    came from. count: how often, from `since` until `at`.
    """

    id: str
    at: datetime
    kind: str
    actor_kind: str
    actor: str
    user_id: str | None
    about: str | None
    resource: str | None
    changes: list[dict[str, Any]]
    network: str | None
    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """None: any. actor, user_id, about: ids."""

    kind: str | None = None
    actor: str | None = None
    user_id: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVENTS: Final = """
select id, at, kind, actor_kind, actor, user_id, about, resource, changes, network, count, since
from core.security_events
where company_id = %(company)s
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(actor)s::text is null or actor = %(actor)s)
    and (%(user_id)s::text is null or user_id = %(user_id)s)
    and (%(about)s::text is null or about = %(about)s)
    and at >= coalesce(%(since)s, '-infinity'::timestamptz) and at < coalesce(%(until)s, 'infinity'::timestamptz)
    and (at, id) < (coalesce(%(at)s, 'infinity'::timestamptz), coalesce(%(id)s, ''))
order by at desc, id desc limit %(limit)s
"""


async def security_events(
    conn: Connection, company: str, wanted: Wanted, *, limit: int = 50, after: str | None = None
) -> Page[SecurityEvent]:
    """The latest first. Raises InvalidInput."""
    at, id_ = decode_cursor(after, datetime, str) if after else (None, None)
    values = {
        "company": company,
        "kind": wanted.kind,
        "actor": wanted.actor,
        "user_id": wanted.user_id,
        "about": wanted.about,
        "since": wanted.since,
        "until": wanted.until,
        "at": at,
        "id": id_,
        "limit": limit_of(limit) + 1,
    }
    async with conn.cursor(row_factory=class_row(SecurityEvent)) as cursor:
        rows = await (await cursor.execute(EVENTS, values)).fetchall()
    return page_of(rows, limit, lambda row: (row.at, row.id))
