"""Reads lives from a generation: the nearest snapshot, and the events after it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import psycopg
import structlog

from domain.kernel.errors import NotFound, Unavailable
from eventlog.codec import Codec, default_codec
from eventlog.model import Position
from projections.pool import Connection, unavailable_when_away
from projections.read.db import ReadDb
from projections.read.events import Placed
from projections.travel.life import Cut, Life
from projections.travel.snapshots import fingerprint, pack, unpack

EVERY: Final = 50
"""Events between two snapshots. Decoding and folding one takes about 40 µs: 2 ms at most, 1 ms on average."""

AT_ONCE: Final = 32
"""Snapshots that one journey's first reader writes at most: of a longer life they are further apart, until somebody
asks in between."""

KEPT: Final = "1 day"
"""Who looks at a journey looks at it many times, and then not for long."""

NEAREST: Final = """
select (
    select life from cache.snapshots
    where company_id = %(company)s and journey = %(journey)s and fingerprint = %(code)s
        and (%(version)s::bigint is null or version <= %(version)s) and (%(at)s::timestamptz is null or at <= %(at)s)
    order by version desc limit 1
), exists (select from core.quarantine where company_id = %(company)s and journey = %(journey)s)
"""

EVENTS: Final = """
select epoch, partition, log_offset, value from core.journal
where company_id = %(company)s and journey = %(journey)s and (epoch, log_offset) > (%(epoch)s, %(offset)s)
    and (%(at)s::timestamptz is null or at <= %(at)s) and applied and version is not null
order by epoch, log_offset limit %(limit)s
"""

KNOWN: Final = """
select exists (select from core.journal where company_id = %(company)s and journey = %(journey)s)
"""

KEEP: Final = """
insert into cache.snapshots (company_id, journey, fingerprint, version, at, life) values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
"""

FORGET: Final = f"delete from cache.snapshots where made_at < now() - interval '{KEPT}'"  # noqa: S608 - ours

Packed = tuple[int, datetime, bytes]
"""(version, at, life)."""

log = structlog.get_logger()


class Seen(NamedTuple):
    """quarantined: the journey's later events are journalled only, and not in the life."""

    life: Life
    quarantined: bool


class Traveller:
    """every: events between two snapshots; None reads and writes none."""

    def __init__(self, reads: ReadDb, *, every: int | None = EVERY, codec: Codec | None = None) -> None:
        self._reads = reads
        self._every = every
        self._codec = codec or default_codec()

    async def life(self, company: str, journey: str, cut: Cut | None = None) -> Seen:
        """The journey as it was at the cut (default: as it is); before its first event: blank, version 0.

        Raises NotFound `journey_not_found`, also for another company's; Unavailable.
        """
        cut = cut or Cut()
        async with self._reads.company(company) as conn:
            life, quarantined = await self._nearest(conn, company, journey, cut)
            tail = await self._events(conn, company, life, cut)
            if not life.version and not tail:
                await _require(conn, company, journey)
        kept = self._fold(life, tail)
        if kept:
            await self._keep(company, journey, kept)
        return Seen(life, quarantined)

    async def events(self, company: str, after: Life, until: Life, limit: int) -> tuple[Placed, ...]:
        """The first `limit` events between two moments of a journey. Raises Unavailable."""
        more = min(limit, until.version - after.version)
        async with self._reads.company(company) as conn:
            return await self._events(conn, company, after, Cut(version=after.version + more)) if more > 0 else ()

    async def owner(self, journey: str) -> str:
        """Whose journey it is, for those who may see every company's. Raises NotFound `journey_not_found`."""
        async with self._reads.system() as conn:
            cursor = await conn.execute("select company_id from core.journal where journey = %s limit 1", (journey,))
            row = await cursor.fetchone()
        if row is None:
            raise NotFound("journey_not_found", journey)
        return str(row[0])

    async def _nearest(self, conn: Connection, company: str, journey: str, cut: Cut) -> tuple[Life, bool]:
        """(the life to go on from, whether the journey is in quarantine)."""
        asked = {"company": company, "journey": journey, "version": cut.version, "at": cut.at}
        code = fingerprint() if self._every else b""
        cursor = await conn.execute(NEAREST, asked | {"code": code}, binary=True)
        row = await cursor.fetchone()
        assert row is not None, "it has no FROM"
        packed, quarantined = row
        return (unpack(packed) if packed else None) or Life(journey), quarantined

    async def _events(self, conn: Connection, company: str, life: Life, cut: Cut) -> tuple[Placed, ...]:
        """From the life to the cut, in the order of the log."""
        cursor = await conn.execute(
            EVENTS,
            {
                "company": company,
                "journey": life.journey,
                "epoch": life.position.epoch,
                "offset": life.position.offset,
                "at": cut.at,
                "limit": None if cut.version is None else max(0, cut.version - life.version),
            },
            binary=True,
        )
        return tuple(
            Placed(Position(epoch, partition, offset), self._codec.decode_event(value))
            for epoch, partition, offset, value in await cursor.fetchall()
        )

    def _fold(self, life: Life, tail: tuple[Placed, ...]) -> list[Packed]:
        """Moves the life to the end of the tail; the snapshots that it came by."""
        kept: list[Packed] = []
        step = self._every and self._every * (len(tail) // (self._every * AT_ONCE) + 1)
        for one in tail:
            life.take(one.position, one.recorded)
            if step and life.version % step == 0:
                kept.append((life.version, one.recorded.at, pack(life)))
        return kept

    async def _keep(self, company: str, journey: str, kept: list[Packed]) -> None:
        """The cache is not needed: whatever keeps us from writing it keeps nobody from reading."""
        try:
            with unavailable_when_away():
                async with self._reads.pool.connection() as conn, conn.transaction():
                    rows = [(company, journey, fingerprint(), *one) for one in kept]
                    await conn.cursor().executemany(KEEP, rows)
                    await conn.execute(FORGET)
        except (Unavailable, psycopg.Error) as error:
            log.warning("snapshots_not_kept", why=type(error).__name__)


async def _require(conn: Connection, company: str, journey: str) -> None:
    cursor = await conn.execute(KNOWN, {"company": company, "journey": journey})
    row = await cursor.fetchone()
    if row != (True,):
        raise NotFound("journey_not_found")
