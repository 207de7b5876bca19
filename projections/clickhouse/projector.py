"""The running shell: the verified log in, ClickHouse out, from wherever the store says, until told to stop."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from domain.kernel.errors import Unavailable
from eventlog.codec import Codec
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from eventlog.topics import PARTITIONS, Topics, cluster_id
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.generations import active_generation
from projections.clickhouse.metrics import GENERATION, RESTARTS
from projections.clickhouse.plan import BLOCK_ROWS, LINGER_S
from projections.clickhouse.projection import Projection
from projections.clickhouse.store import ClickHouseStore

POLL_MS: Final = 100
"""How long a poll may keep a block that is due, or a stop, waiting."""

FLUSH_S: Final = 3.0
"""What a stop leaves for blocks under way; what is not written by then is read again at the next start."""

BACKOFF_S: Final = (0.2, 5.0)
"""First and longest wait before a new session, doubling, with jitter."""

SETTLED_S: Final = 10.0
"""A session that lasted so long was a good one: waits begin anew. Of two projectors that overtake each other, one thus
soon leaves the other alone most of the time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsConfig:
    """cluster: the log's id, None to ask it. codec: None for the domain's. epoch: of the log."""

    bootstrap: str
    target: Target
    topics: Topics = field(default_factory=Topics)
    partitions: int = PARTITIONS
    epoch: int = 0
    cluster: str | None = None
    codec: Codec | None = None
    block_rows: int = BLOCK_ROWS
    linger_s: float = LINGER_S


async def run_analytics(config: AnalyticsConfig, stop: asyncio.Event) -> None:
    """Until `stop`. Waits for servers that are away. Raises Corrupt: the log or a plan is not what it must be."""
    tries = 0
    while not stop.is_set():
        began = _now()
        try:
            async with connect(config.target) as client:
                number = await active_generation(client, config.target)
                if not number:
                    raise Unavailable("analytics_not_set_up", "no generation yet")
                GENERATION.set(number)
                async with session(config, ClickHouseStore(client, config.target, number)) as running:
                    await running.until(stop)
        except Unavailable as error:
            RESTARTS.labels(error.code).inc()
            log.warning("analytics_waits", code=error.code, detail=error.detail)
            tries = 0 if _now() - began > SETTLED_S else tries + 1
            await _pause(tries, stop)


class Log(Protocol):
    """A `LogConsumer`, by shape."""

    async def poll(self, timeout_ms: int, /) -> Mapping[int, Sequence[Commit]]: ...
    async def end_offsets(self) -> Mapping[int, int]: ...
    async def caught_up(self, ends: Mapping[int, int], /) -> bool: ...
    def anchor(self, partition: int, /) -> Anchor: ...


class Session:
    """One log consumer and one projection that agree on where they stand. Blocks are written while others are read."""

    def __init__(self, consumer: Log, projection: Projection) -> None:
        self.consumer = consumer
        self._projection = projection
        self._writing: asyncio.Task[object] | None = None

    async def until(self, stop: asyncio.Event) -> None:
        """Projects until told to stop, then writes what is under way, bounded."""
        while not stop.is_set():
            await self.step()
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                await self._flush()

    async def until_caught_up(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Projects and writes all that is in the log now. progress: offsets read, offsets to read."""
        ends = await self.consumer.end_offsets()
        while not await self.consumer.caught_up(ends):
            await self.step()
            if progress is not None:
                read = sum(min(self.consumer.anchor(partition).next_offset, end) for partition, end in ends.items())
                progress(read, sum(ends.values()))
        await self._flush()

    async def step(self) -> None:
        """Takes what has come, and begins to write what is due once the blocks before are written."""
        for commits in (await self.consumer.poll(POLL_MS)).values():
            await self._projection.take(commits, _now())
        if self._projection.due(_now()):
            await self._written()
            self._writing = asyncio.create_task(self._projection.write(_now()))
        elif self._writing is not None and self._writing.done():
            await self._written()

    async def close(self) -> None:
        """What is not written is read again at the next start."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _written(self) -> None:
        """Waits for the blocks under way. Raises what their writing raised."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    async def _flush(self) -> None:
        await self._written()
        await self._projection.write(_now(), flush=True)


@asynccontextmanager
async def session(config: AnalyticsConfig, store: ClickHouseStore) -> AsyncIterator[Session]:
    """Stands where the store says, having checked that the log still holds what the store was filled from."""
    cluster = config.cluster or await cluster_id(config.bootstrap)
    topic = config.topics.events
    genesis = [
        Anchor.genesis(cluster_id=cluster, topic=topic, partition=partition, epoch=config.epoch)
        for partition in range(config.partitions)
    ]
    projection = await Projection.open(store, genesis, block_rows=config.block_rows, linger_s=config.linger_s)
    consumer = LogConsumer(config.bootstrap, topic, projection.anchors, cluster=cluster, codec=config.codec)
    await consumer.start()
    running = Session(consumer, projection)
    try:
        yield running
    finally:
        await running.close()
        await consumer.stop()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _pause(tries: int, stop: asyncio.Event) -> None:
    first, most = BACKOFF_S
    wait = min(first * 2 ** min(tries, 10), most) * random.uniform(0.5, 1.0)  # noqa: S311  jitter, no secret
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            await stop.wait()
