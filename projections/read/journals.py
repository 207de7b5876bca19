"""Which events a journey has. `conn`: from `ReadDb.system`."""

from __future__ import annotations

from collections.abc import Sequence

from projections.pool import Connection


async def not_of(conn: Connection, journey: str, event_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the ids that no event of the journey has, in their order."""
    cursor = await conn.execute(
        "select event_id from core.journal where event_id = any (%s) and journey = %s and applied"
        " and version is not null",
        (list(event_ids), journey),
    )
    known = {id_ for (id_,) in await cursor.fetchall()}
    return tuple(id_ for id_ in event_ids if id_ not in known)
