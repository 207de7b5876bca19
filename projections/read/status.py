"""What is due, overdue and held, of all companies, and what waits for a person; the generation's state. `conn`:
`ReadDb.system()`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, LiteralString, TypeVar

from psycopg.rows import class_row

from projections.pool import Connection

T = TypeVar("T")

OVERDUE: Final = timedelta(seconds=30)
"""A runner looks each second and finishes within a few: what waits longer, nobody carries out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectCount:
    """Open effects of a kind and company. due: of the pending ones. overdue: due for longer than `OVERDUE`, with no
    live lease. attempted: a call is under way or unresolved. held: of journeys in quarantine, not among the others.
    eldest_due: None when nothing waits."""

    kind: str
    company: str
    pending: int
    due: int
    overdue: int
    attempted: int
    held: int
    eldest_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """reason: code. since: the first record that could not be applied."""

    journey: str
    reason: str
    partition: int
    log_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPixel:
    """One for which conversions wait: after seven days Meta does not take them. reason: `HoldReason`."""

    company: str
    pixel: str
    reason: str
    since: datetime
    conversions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """Contracts of which nobody knows whether the provider has them, until a person says so."""

    company: str
    contracts: int


UNSEEN_AFTER: Final = timedelta(hours=2)
"""A document that the account does not show is asked for each hour (streams.effects.check_contract), a provider that
does not answer each minute: by then it is no short outage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Contracts that are out, and whose documents could not be looked at for `UNSEEN_AFTER`: the token is dead, missing
    or another account's, or the provider is away. since: the eldest look that is due."""

    company: str
    contracts: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationState:
    """state: `building`, `active`, `fenced`. live: every partition has passed the log's end since the projector's
    start."""

    state: str
    live: bool


EFFECTS: LiteralString = """
select e.kind, e.company_id as company,
    count(*) filter (where not held and e.state = 'pending') as pending,
    count(*) filter (where not held and e.state = 'pending' and e.due_at <= now()) as due,
    count(*) filter (
        where not held and e.state = 'pending' and e.due_at <= now() - %(overdue)s and not leased
    ) as overdue,
    count(*) filter (where e.state = 'attempted') as attempted,
    count(*) filter (where held) as held,
    min(e.due_at) filter (where not held and e.state = 'pending') as eldest_due
from (
    select e.*, exists (select from core.quarantine q where q.journey = e.journey) as held,
        exists (
            select from work.leases l where l.effect_id = e.id and l.version = e.version and l.until > now()
        ) as leased
    from core.effects e where e.state <> 'done'
) e group by 1, 2 order by 1, 2
"""


async def effect_counts(conn: Connection) -> list[EffectCount]:
    """By kind and company; nothing for those without open effects."""
    return await _all(conn, EffectCount, EFFECTS, {"overdue": OVERDUE})


async def quarantined(conn: Connection) -> list[Quarantined]:
    query = "select journey, reason, partition, log_offset from core.quarantine order by journey"
    return await _all(conn, Quarantined, query)


async def held_pixels(conn: Connection) -> list[HeldPixel]:
    query = """
        select p.company_id as company, p.id as pixel, p.held as reason, p.held_at as since, count(*) as conversions
        from core.pixel_configs p join core.marketing_events m
            on m.company_id = p.company_id and m.pixel_id = p.id and m.state = 'held'
        where p.held is not null and not p.retired group by 1, 2, 3, 4 order by 1, 2
    """
    return await _all(conn, HeldPixel, query)


async def unsettled(conn: Connection) -> list[Unsettled]:
    query = """
        select company_id as company, count(*) as contracts from core.contracts where state = 'outcome_unknown'
        group by 1 order by 1
    """
    return await _all(conn, Unsettled, query)


async def unseen(conn: Connection) -> list[Unseen]:
    query = """
        select company_id as company, count(*) as contracts, min(due_at) as since from core.effects
        where kind = 'check_contract' and state = 'pending' and due_at <= now() - %(after)s group by 1 order by 1
    """
    return await _all(conn, Unseen, query, {"after": UNSEEN_AFTER})


async def _all(
    conn: Connection, kind: type[T], query: LiteralString, values: Mapping[str, object] | None = None
) -> list[T]:
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def generation_state(conn: Connection) -> GenerationState:
    cursor = await conn.execute(
        "select (select state from work.generation),"
        " exists (select from work.positions) and not exists (select from work.positions where not live)"
    )
    row = await cursor.fetchone()
    assert row is not None, "a select without from has a row"
    return GenerationState(state=row[0], live=row[1])


async def accepted_records(conn: Connection) -> dict[int, int]:
    """Partition → records in the journal. Counts them all: for an operator, not for a probe."""
    cursor = await conn.execute("select partition, count(*) from core.journal group by 1")
    return dict(await cursor.fetchall())


async def projector_sessions(conn: Connection) -> int:
    """Connections of projectors to this database: 0 where none runs."""
    cursor = await conn.execute(
        "select count(*) from pg_stat_activity where usename = 'legion_projector' and datname = current_database()"
    )
    row = await cursor.fetchone()
    return row[0] if row else 0
