"""The projector's process: from the log into one generation, for ever, through outages of both."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from domain.kernel.errors import Unavailable
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from projections import metrics
from projections.lanes import Lanes
from projections.positions import Fenced
from projections.postgres import PostgresProjector

log = structlog.get_logger()

BACK_OFF_S: Final = (0.1, 5.0)
"""First and longest pause before trying again; half of it is random, so that processes do not come all at once."""

POLL_MS: Final = 250
"""How long an idle poll waits: a stop is noticed within that."""

MAX_RECORDS: Final = 500
"""Records of one poll, and about those of a transaction: most of the throughput, and readers wait about 20 ms for it
(V5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The topic [events] of the current epoch."""

    bootstrap: str
    topic: str
    cluster: str
    partitions: Sequence[int]

    def genesis(self) -> list[Anchor]:
        return [
            Anchor.genesis(cluster_id=self.cluster, topic=self.topic, partition=partition)
            for partition in self.partitions
        ]

    def consumer(self, anchors: Sequence[Anchor], *, max_records: int = MAX_RECORDS) -> LogConsumer:
        return LogConsumer(self.bootstrap, self.topic, anchors, cluster=self.cluster, max_records=max_records)


Active = Callable[[], Awaitable[int | None]]
"""The number of the shown generation (`vault.generations.Generations.active`)."""


async def run_projector(
    projector: PostgresProjector,
    source: Source,
    active: Active,
    stop: asyncio.Event,
    *,
    ready: Callable[[], None] | None = None,
) -> None:
    """Projects until `stop`. ready: called each time it has caught up with the log.

    Raises Fenced when another projector or a flip took over, Corrupt when the log is not the one that was projected.
    A server that is away is waited for.
    """
    pause = BACK_OFF_S[0]
    while not stop.is_set():
        try:
            async with _following(projector, source, active) as consumer:
                pause = BACK_OFF_S[0]
                await _follow(projector, consumer, stop, ready)
        except Unavailable as away:
            metrics.AWAY.inc()
            log.warning("projector_waits", code=away.code, detail=away.detail, retry_s=round(pause, 2))
            await projector.close()
            await _not_superseded(projector.generation, active)
            await _pause(stop, pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, BACK_OFF_S[1])


async def _not_superseded(generation: int, active: Active) -> None:
    """Raises Fenced when a newer generation is shown: the database that is away was dropped."""
    with suppress(Unavailable):
        shown = await active()
        if shown is not None and shown > generation:
            raise Fenced(detail=f"generation {shown} is shown")


@asynccontextmanager
async def _following(projector: PostgresProjector, source: Source, active: Active) -> AsyncIterator[LogConsumer]:
    """Positions → a consumer that stands after them."""
    consumer = source.consumer(await projector.open_positions(source.genesis(), active=await active()))
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _follow(
    projector: PostgresProjector,
    consumer: LogConsumer,
    stop: asyncio.Event,
    ready: Callable[[], None] | None,
) -> None:
    ends = await consumer.end_offsets()
    live = False
    async with Lanes(projector.apply, most=MAX_RECORDS) as lanes:
        while not stop.is_set():
            await lanes.put(_together(await consumer.poll(POLL_MS if live else 50)))
            if not live and await consumer.caught_up(ends):
                live = True
                await lanes.drained()
                await projector.mark_live(list(ends))
                log.info("projector_live", ends=sum(ends.values()))
                if ready is not None:
                    ready()


def _together(read: dict[int, list[Commit]]) -> list[Commit]:
    """Partitions have no order among each other; within one it stays."""
    return [commit for commits in read.values() for commit in commits]


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
