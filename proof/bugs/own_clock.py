"""A process that believes its own clock: so it was until R12 found effects that nobody could take over, and answers to
messages of hours ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from projections.read.effects import EffectRow, EffectStore
from streams.normalise.edge import Edge


def plant() -> None:
    async def release(
        self: EffectStore, row: EffectRow, hold: timedelta, *, worker: str, refused: bool = False
    ) -> None:
        async with self._db.statement() as conn:
            await conn.execute(
                "update work.leases set until = %s, refusals = refusals + %s"
                " where effect_id = %s and version = %s and worker = %s",
                (datetime.now(UTC) + hold, int(refused), row.id, row.version, worker),
            )

    async def now(_self: Edge) -> datetime:
        return datetime.now(UTC)

    setattr(EffectStore, "release", release)  # noqa: B010 - a method is not assigned to
    setattr(Edge, "now", now)  # noqa: B010 - likewise
