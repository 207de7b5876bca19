"""Nothing starts before the projector has passed the end that [events] has now: a rebuild, or a projector that was
away, must not make an effect run again that the log has ended since."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from domain.kernel.errors import Unavailable
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor
from projections.read.db import ReadDb
from projections.read.listener import Listener
from projections.read.positions import anchors

RETRY_S: Final = 0.5
WAIT_S: Final = 60.0

log = structlog.get_logger()


async def pass_end(
    db: ReadDb, listener: Listener, *, bootstrap: str, events: str, partitions: int, cluster: str
) -> None:
    """Returns once every commit that counts now is projected. By the chain, not by offsets: the log's tail may be void.

    Waits for parts that are away. Raises Corrupt when the log is not the one that the positions were made from.
    """
    ends: dict[int, int] | None = None
    while ends is None:
        try:
            ends = await _ends(await _anchors(db, partitions), bootstrap, events, cluster)
        except Unavailable as away:
            log.info("gate_waits", code=away.code)
            await asyncio.sleep(RETRY_S)
    for partition, next_offset in ends.items():
        while not await listener.wait_for(partition, next_offset - 1, WAIT_S):
            log.warning("gate_waits", partition=partition, offset=next_offset, at=listener.position(partition))
    log.info("gate_passed", partitions=len(ends))


async def _anchors(db: ReadDb, partitions: int) -> list[Anchor]:
    """The projector's positions. Raises Unavailable while some are missing: it has not started yet."""
    async with db.system() as conn:
        found = await anchors(conn)
    if len(found) < partitions:
        raise Unavailable("projector_not_started", f"{len(found)} of {partitions} partitions have a position")
    return found


async def _ends(begin: list[Anchor], bootstrap: str, events: str, cluster: str) -> dict[int, int]:
    """Partition → next offset after its last commit that counts, where that is beyond the anchor."""
    consumer = LogConsumer(bootstrap, events, begin, cluster=cluster)
    await consumer.start()
    try:
        ends = await consumer.end_offsets()
        found: dict[int, int] = {}
        while not await consumer.caught_up(ends):
            for partition, commits in (await consumer.poll()).items():
                found[partition] = commits[-1].next_offset
    finally:
        await consumer.stop()
    return found
