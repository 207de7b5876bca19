"""A runner that keeps its leases by its own clock: so it was until R12 found effects that nobody could take over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from projections.read.effects import EffectRow, EffectStore


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

    setattr(EffectStore, "release", release)  # noqa: B010 - a method is not assigned to
