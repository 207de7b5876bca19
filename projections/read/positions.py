"""Where the projector stands, as anchors. `conn`: from `ReadDb.system()`, or a login that may read schema `work`."""

from __future__ import annotations

from eventlog.model import Anchor
from projections.journal import anchor_of
from projections.pool import Connection


async def anchors(conn: Connection) -> list[Anchor]:
    """In the order of their partitions; none before the projector's first start."""
    cursor = await conn.execute(
        "select epoch, partition, next_offset, head, last_command_offset, commit_offset, commit_prev"
        " from work.positions order by partition"
    )
    return [anchor_of(row) for row in await cursor.fetchall()]
