"""What was reported to Meta, and what has to be known to report. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from psycopg.rows import class_row, dict_row

from domain.access.sight import Scope
from domain.conversion.parts import Happened
from domain.conversion.wanted import Standing
from domain.deal.parts import Money
from domain.pixel.settings import Milestone
from projections.pool import Connection
from projections.read.leads import few_seen
from projections.read.page import Page, decode_cursor, limit_of, page_of

State = Literal["due", "held", "attempted", "accepted", "refused", "skipped", "expired", "unknown", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One event of a lead that may be reported. id: also Meta's `event_id`, which a browser's pixel may share.
    event_id: of what happened; stream, version: where it stands.

    state: due, held, attempted, accepted, refused, skipped, expired, unknown or abandoned; `erased` where the lead was
    before anything came of it. pixel_id, name, action_source, value, currency: of the last attempt. reason: why it was
    skipped or is not known. cause: our code of why it was refused; code, trace: Meta's. attempts: times that it was
    begun anew. retry_at: when a held one is looked at again.
    """

    id: str
    lead_id: str
    milestone: str
    stream: str
    version: int
    event_id: str
    state: str
    pixel_id: str | None
    name: str | None
    action_source: str | None
    value: int | None
    currency: str | None
    reason: str | None
    cause: str | None
    code: str | None
    trace: str | None
    attempts: int
    happened_at: datetime
    requested_at: datetime | None
    attempted_at: datetime | None
    retry_at: datetime | None
    answered_at: datetime | None

    @property
    def happened(self) -> Happened:
        return Happened(
            milestone=Milestone(self.milestone),
            stream=self.stream,
            version=self.version,
            event=self.event_id,
            at=self.happened_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """payload: the event as sent, its person in hashes; None when erased. present: fields by which Meta can find the
    person; left_out, hints: codes of what was wrong with others, and of what would be found better."""

    number: int
    pixel_id: str
    dataset: str
    name: str
    action_source: str
    value: int | None
    currency: str | None
    test_code: str | None
    present: tuple[str, ...]
    left_out: tuple[str, ...]
    hints: tuple[str, ...]
    payload: Any
    attempted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreported:
    """One that Meta has not accepted, and what it would depend on now. centurion_id: whose lead it is."""

    conversion: Conversion
    standing: Standing
    centurion_id: str | None


COLUMNS: Final = """
    e.id, e.lead_id, e.milestone, e.stream, e.version, e.event_id,
    case when l.erased and e.state in ('due', 'held', 'attempted') then 'erased' else e.state end as state,
    e.pixel_id, e.name, e.action_source, e.value, e.currency, e.reason, e.cause, e.code, e.trace, e.attempts,
    e.happened_at, e.requested_at, e.attempted_at, e.retry_at, e.answered_at
"""
FROM: Final = "from core.marketing_events e join core.leads l on l.company_id = e.company_id and l.id = e.lead_id"
SELECT: Final = f"select {COLUMNS} {FROM} where e.company_id = %(company)s"

STANDING: Final = """
    l.opted_out, (
        select coalesce(c.centurion_id, i.centurion_id) from core.conversations c
        left join core.instances i on i.company_id = c.company_id and i.id = c.instance_id
        where c.company_id = l.company_id and c.lead_id = l.id and coalesce(c.centurion_id, i.centurion_id) is not null
        order by c.last_at desc, c.id limit 1
    ) as centurion_id, k.given as consent, d.value as worth_minor, d.currency as worth_currency,
    coalesce(case e.milestone when 'won' then d.state <> 'won' when 'handed_off' then d.state = 'withdrawn' end, false)
        as undone,
    e.milestone in ('handed_off', 'won') and exists (
        select from core.marketing_events b
        join core.deals o on o.company_id = b.company_id and o.id = b.deal_id
        where b.company_id = e.company_id and b.lead_id = e.lead_id and b.milestone = e.milestone and b.id <> e.id
            and (
                b.state in ('attempted', 'accepted', 'unknown') and (b.deal_id = e.deal_id or o.state = 'withdrawn')
                or b.state in ('due', 'held') and b.deal_id = e.deal_id and b.version < e.version
            )
    ) as repeated
"""
BESIDE: Final = """
    left join core.lead_consents k
        on k.company_id = l.company_id and k.lead_id = l.id and k.purpose = 'ad_measurement'
    left join core.deals d on d.company_id = l.company_id and d.id = coalesce(e.deal_id, l.deal_id)
"""


async def conversion(conn: Connection, company: str, conversion_id: str) -> Conversion | None:
    async with conn.cursor(row_factory=class_row(Conversion)) as cursor:
        await cursor.execute(SELECT + " and e.id = %(id)s", {"company": company, "id": conversion_id})
        return await cursor.fetchone()


async def conversions(
    conn: Connection,
    company: str,
    *,
    pixel: str | None = None,
    state: State | None = None,
    milestone: Milestone | None = None,
    lead: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    after: str | None = None,
    scope: Scope = Scope.COMPANY,
) -> Page[Conversion]:
    """What happened last first. since, until: when it happened, the latter not included. scope: as of `leads`. Raises
    InvalidInput for a bad cursor or limit."""
    limit = limit_of(limit)
    values: dict[str, object] = {"company": company, "limit": limit + 1}
    query = SELECT
    wanted = {
        "e.pixel_id =": pixel,
        "e.state =": state,
        "e.milestone =": milestone and milestone.value,
        "e.lead_id =": lead,
        "e.happened_at >=": since,
        "e.happened_at <": until,
    }
    for number, (column, value) in enumerate(wanted.items()):
        if value is not None:
            query += f" and {column} %(wanted{number})s"
            values[f"wanted{number}"] = value
    if lead is None and (few := await few_seen(conn, company, scope)) is not None:
        query += " and e.lead_id = any (%(few)s)"
        values["few"] = few
    if after is not None:
        query += " and (e.happened_at, e.id) < (%(at)s, %(id)s)"
        values["at"], values["id"] = decode_cursor(after, datetime, str)
    async with conn.cursor(row_factory=class_row(Conversion)) as cursor:
        await cursor.execute((query + " order by e.happened_at desc, e.id desc limit %(limit)s").encode(), values)
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.happened_at, row.id))


async def attempts(conn: Connection, company: str, conversion_id: str) -> tuple[Attempt, ...]:
    """The newest first."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select number, pixel_id, dataset, name, action_source, value, currency, test_code, present, left_out,"
            " hints, payload, attempted_at from core.marketing_attempts"
            " where company_id = %s and conversion_id = %s order by number desc",
            (company, conversion_id),
        )
        rows = await cursor.fetchall()
    lists = ("present", "left_out", "hints")
    return tuple([Attempt(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in rows])


async def unreported(
    conn: Connection, company: str, since: datetime, until: datetime, *, limit: int, after: str | None
) -> Page[Unreported]:
    """What happened in the period and Meta has not accepted, the oldest first. Raises InvalidInput for a bad cursor."""
    at, id_ = decode_cursor(after, datetime, str) if after else (None, None)
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            (
                f"select {COLUMNS}, {STANDING} {FROM} {BESIDE} where e.company_id = %(company)s"
                " and e.happened_at >= %(since)s and e.happened_at < %(until)s and e.state <> 'accepted'"
                " and not l.erased and (%(at)s::timestamptz is null or (e.happened_at, e.id) > (%(at)s, %(id)s))"
                " order by e.happened_at, e.id limit %(limit)s"
            ).encode(),
            {"company": company, "since": since, "until": until, "at": at, "id": id_, "limit": limit + 1},
        )
        rows = [_unreported(row) for row in await cursor.fetchall()]
    return page_of(rows, limit, lambda row: (row.conversion.happened_at, row.conversion.id))


async def held(conn: Connection, company: str, pixel: str, limit: int) -> list[Conversion]:
    async with conn.cursor(row_factory=class_row(Conversion)) as cursor:
        await cursor.execute(
            SELECT + " and e.state = 'held' and e.pixel_id = %(pixel)s and not l.erased order by e.id limit %(limit)s",
            {"company": company, "pixel": pixel, "limit": limit},
        )
        return await cursor.fetchall()


async def requested_since(conn: Connection, company: str, pixel: str, since: datetime) -> int:
    """How many of a pixel's were asked for again since then."""
    cursor = await conn.execute(
        "select count(*) from core.marketing_events where company_id = %s and pixel_id = %s and requested_at >= %s",
        (company, pixel, since),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def standing(conn: Connection, company: str, conversion_id: str) -> tuple[Standing, str | None] | None:
    """And the Centurion that answers the lead. worth: of its deal, or of the lead's newest. None where it is not
    there."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {STANDING} {FROM} {BESIDE} where e.company_id = %(company)s and e.id = %(id)s",
            {"company": company, "id": conversion_id},
        )
        row = await cursor.fetchone()
    return _standing(row) if row else None


def _standing(row: dict[str, Any]) -> tuple[Standing, str | None]:
    minor, currency = row.pop("worth_minor"), row.pop("worth_currency")
    worth = None if minor is None else Money(minor=minor, currency=currency)
    said = {name: row.pop(name) for name in ("opted_out", "consent", "undone", "repeated")}
    return Standing(worth=worth, **said), row.pop("centurion_id")


def _unreported(row: dict[str, Any]) -> Unreported:
    standing, centurion = _standing(row)
    return Unreported(conversion=Conversion(**row), standing=standing, centurion_id=centurion)
