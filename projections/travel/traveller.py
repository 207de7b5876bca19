"""Reads lives from a generation: the nearest snapshot, and the events after it."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Final, NamedTuple

import psycopg
import structlog

from domain.access.sight import Sight
from domain.kernel.errors import NotFound, Unavailable
from eventlog.codec import Codec, default_codec
from eventlog.model import Position
from projections.pool import Connection, unavailable_when_away
from projections.read.db import ReadDb
from projections.read.events import Placed
from projections.travel.life import Cut, Life
from projections.travel.snapshots import fingerprint, pack, unpack

EVERY: Final = 10
"""Events between two snapshots. Decoding and folding one takes about 50 µs: half a millisecond at most."""

AT_ONCE: Final = 100
"""Snapshots that one journey's first reader writes at most: of a longer life they are further apart, until somebody
asks in between."""

KEPT: Final = "1 day"
"""Who looks at a journey looks at it many times, and then not for long."""

SELECT: Final = """
with nearest as materialized (
    select version, epoch, log_offset, life from cache.snapshots
    where company_id = %(company)s and journey = %(journey)s and fingerprint = %(code)s
        and (%(version)s::bigint is null or version <= %(version)s) and (%(at)s::timestamptz is null or at <= %(at)s)
    order by version desc limit 1
), further as materialized (
    select epoch, log_offset from cache.snapshots
    where company_id = %(company)s and journey = %(journey)s and fingerprint = %(code)s
        and (version >= %(version)s or at > %(at)s)
    order by version limit 1
), bounds as materialized (
    select coalesce((select version from nearest), %(after)s) as version,
        coalesce((select epoch from nearest), %(epoch)s) as after_epoch,
        coalesce((select log_offset from nearest), %(offset)s) as after_offset,
        coalesce((select epoch from further), 9223372036854775807) as last_epoch,
        coalesce((select log_offset from further), 9223372036854775807) as last_offset
), quarantined as (
    select exists (select from core.quarantine where company_id = %(company)s and journey = %(journey)s) as yes
)
select (select yes from quarantined), life, null, null, null, null from nearest
union all
(
    select (select yes from quarantined), null, epoch, partition, log_offset, value from core.journal
    where company_id = %(company)s and journey = %(journey)s and applied and version is not null
        and (epoch, log_offset) > ((select after_epoch from bounds), (select after_offset from bounds))
        and (epoch, log_offset) <= ((select last_epoch from bounds), (select last_offset from bounds))
        and (%(at)s::timestamptz is null or at <= %(at)s)
    order by epoch, log_offset
    limit %(version)s::bigint - (select version from bounds)
)
order by 3 nulls first, 5
"""
"""The nearest snapshot that this code made, and the events from there (or from a given place) to the cut. Nothing
beyond the next snapshot is looked at. `bounds`: with a `coalesce` of its own, the comparison could not use the index
under row level security, for PostgreSQL does not take it for leakproof."""

KNOWN: Final = """
select exists (select from core.journal where company_id = %(company)s and journey = %(journey)s),
    exists (select from core.quarantine where company_id = %(company)s and journey = %(journey)s)
"""

KEEP: Final = """
insert into cache.snapshots (company_id, journey, fingerprint, version, epoch, log_offset, at, life)
values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing
"""

FORGET: Final = f"delete from cache.snapshots where made_at < now() - interval '{KEPT}'"  # noqa: S608 - ours

Packed = tuple[int, int, int, datetime, bytes]
"""(version, epoch, offset, at, life)."""

log = structlog.get_logger()


NO_CODE: Final = b""
"""Has made no snapshot."""


class Found(NamedTuple):
    """What a moment is folded from."""

    life: Life
    tail: tuple[Placed, ...]
    quarantined: bool


class Seen(NamedTuple):
    """quarantined: the journey's later events are journalled only, and not in the life."""

    life: Life
    quarantined: bool


class Traveller:
    """sight: of who travels: a lead's journey beyond it is not there. every: events between two snapshots; None reads
    and writes none."""

    def __init__(self, reads: ReadDb, sight: Sight, *, every: int | None = EVERY, codec: Codec | None = None) -> None:
        self._reads = reads
        self._sight = sight
        self._every = every
        self._codec = codec or default_codec()

    async def life(self, company: str, journey: str, cut: Cut | None = None) -> Seen:
        """The journey as it was at the cut (default: as it is); before its first event: blank, version 0.

        Raises NotFound `journey_not_found`, also for another company's and one beyond the sight; Unavailable.
        """
        cut = cut or Cut()
        async with self._reads.company(company, self._sight) as conn:
            found = await self._read(conn, company, Life(journey), cut, fingerprint() if self._every else NO_CODE)
            if found is None:
                found = await self._read(conn, company, Life(journey), cut, NO_CODE)
            assert found is not None, "no snapshot was asked for"
            life, tail, quarantined = found
            if not life.version and not tail:
                quarantined = await _known(conn, company, journey)
        kept = self._fold(life, tail)
        if kept:
            await self._keep(company, journey, kept)
        return Seen(life, quarantined)

    async def events(self, company: str, after: Life, until: Life, limit: int) -> tuple[Placed, ...]:
        """The first `limit` events between two moments of a journey. Raises Unavailable."""
        cut = Cut(version=min(after.version + limit, until.version))
        async with self._reads.company(company, self._sight) as conn:
            found = await self._read(conn, company, after, cut, NO_CODE)
        return found.tail if found else ()

    async def owner(self, journey: str) -> str:
        """Whose journey it is, for those who may see every company's. Raises NotFound `journey_not_found`."""
        async with self._reads.system() as conn:
            cursor = await conn.execute("select company_id from core.journal where journey = %s limit 1", (journey,))
            row = await cursor.fetchone()
        if row is None:
            raise NotFound("journey_not_found", journey)
        return str(row[0])

    async def _read(self, conn: Connection, company: str, after: Life, cut: Cut, code: bytes) -> Found | None:
        """What the cut is folded from: the nearest snapshot of this code, else the given life. None: it was no life."""
        asked = {
            "company": company, "journey": after.journey, "code": code, "version": cut.version, "at": cut.at,
            "after": after.version, "epoch": after.position.epoch, "offset": after.position.offset,
        }  # fmt: skip
        cursor = await conn.execute(SELECT, asked, binary=True)
        life, quarantined, tail = after, False, []
        for yes, packed, epoch, partition, offset, value in await cursor.fetchall():
            quarantined = yes
            if packed is not None:
                snapshot = unpack(packed)
                if snapshot is None:
                    return None
                life = snapshot
            else:
                tail.append(Placed(Position(epoch, partition, offset), self._codec.decode_event(value)))
        return Found(life, tuple(tail), quarantined)

    def _fold(self, life: Life, tail: tuple[Placed, ...]) -> list[Packed]:
        """Moves the life to the end of the tail; the snapshots that it came by."""
        kept: list[Packed] = []
        step = self._every and self._every * ceil(len(tail) / (self._every * AT_ONCE))
        for one in tail:
            life.take(one.position, one.recorded)
            if step and life.version % step == 0:
                kept.append((life.version, life.position.epoch, life.position.offset, one.recorded.at, pack(life)))
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


async def _known(conn: Connection, company: str, journey: str) -> bool:
    """Whether a journey without events to show is in quarantine. Raises NotFound where there is no such journey."""
    cursor = await conn.execute(KNOWN, {"company": company, "journey": journey})
    row = await cursor.fetchone()
    if row is None or not row[0]:
        raise NotFound("journey_not_found")
    return bool(row[1])
