"""What is to be done: claiming effects for a runner. The rules stand in `projections/sql/claim.sql`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg.rows import class_row

from domain.effect.kinds import KINDS, EffectKind
from projections.read.db import ReadDb

CHUNK_INTERVAL: Final = timedelta(milliseconds=200)
"""Mean pace of one channel instance (GCRA): five messages a second, well under what WhatsApp flags."""

CHUNK_BURST: Final = 10
"""How many may go at once after a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """One effect. stream, opened_version: the event that opened it (see `read.events.EventReader.event_at`).

    kind, key, version, group, seq: as in `domain.effect.ops`. state: `pending` or `attempted`; claim: of the attempt.
    tries: leases of this version, this one included. refusals: how many of them ended with a refused command.
    """

    id: str
    company_id: str
    journey: str
    stream: str
    kind: EffectKind
    key: str
    version: str
    group: str
    seq: int
    state: str
    due_at: datetime
    claim: str | None
    opened_version: int
    opened_at: datetime
    expires_at: datetime | None
    tries: int
    refusals: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", EffectKind(self.kind))


class EffectStore:
    def __init__(
        self, db: ReadDb, *, chunk_interval: timedelta = CHUNK_INTERVAL, chunk_burst: int = CHUNK_BURST
    ) -> None:
        self._db = db
        self._interval = chunk_interval
        self._burst = chunk_burst

    async def claim(
        self, worker: str, slots: Mapping[EffectKind, int], per_company: int, ttl: timedelta
    ) -> list[EffectRow]:
        """Leases due effects to `worker` until now + ttl: at most slots[kind] of a kind, and `per_company` live leases
        of a company. Nothing while the generation is not the active one, or behind the log. Raises Unavailable."""
        wanted = sorted((kind for kind, free in slots.items() if free > 0), key=lambda kind: KINDS[kind].priority)
        if not wanted:
            return []
        async with self._db.statement() as conn, conn.cursor(row_factory=class_row(EffectRow)) as cursor:
            await cursor.execute(
                "select * from work.claim(%s, %s, %s, %s, %s, %s, %s)",
                (
                    worker,
                    [kind.value for kind in wanted],
                    [slots[kind] for kind in wanted],
                    per_company,
                    ttl,
                    self._interval,
                    self._burst,
                ),
            )
            return await cursor.fetchall()

    async def claim_expired(self, worker: str, limit: int, ttl: timedelta) -> list[EffectRow]:
        """Leases effects whose time is over (a gate held them, or nobody came): for `ExpireEffect`."""
        async with self._db.statement() as conn, conn.cursor(row_factory=class_row(EffectRow)) as cursor:
            await cursor.execute("select * from work.claim_expired(%s, %s, %s)", (worker, limit, ttl))
            return await cursor.fetchall()

    async def release(self, row: EffectRow, hold: timedelta, *, worker: str, refused: bool = False) -> None:
        """Ends the lease of that worker, or keeps it for so long by the database's clock; another's is left alone.
        refused: counted."""
        async with self._db.statement() as conn:
            await conn.execute(
                "update work.leases set until = clock_timestamp() + %s, refusals = refusals + %s"
                " where effect_id = %s and version = %s and worker = %s",
                (hold, int(refused), row.id, row.version, worker),
            )

    async def get(self, company: str, effect_id: str) -> EffectRow | None:
        """The effect as it stands, None when there is none or it is done."""
        async with self._db.statement() as conn, conn.cursor(row_factory=class_row(EffectRow)) as cursor:
            await cursor.execute(
                "select * from work.open_effects where company_id = %s and id = %s", (company, effect_id)
            )
            return await cursor.fetchone()

    async def next_due(self) -> timedelta | None:
        """In how long the next effect is due or a lease ends, whichever is first; None when nothing waits."""
        async with self._db.statement() as conn:
            cursor = await conn.execute("select work.next_due() - clock_timestamp()")
            row = await cursor.fetchone()
        return row[0] if row else None
