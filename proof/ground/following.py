"""A reader of [events] from its beginning that outlives its broker's outages, as every process of Legion does."""

from __future__ import annotations

import asyncio
from typing import Final

from domain.kernel.errors import Unavailable
from eventlog.codec import Codec
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from eventlog.topics import cluster_id

RETRY_S: Final = 0.2
POLL_MS: Final = 100


class Following:
    """anchors: after what was read, by partition."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, codec: Codec) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._partitions = partitions
        self._codec = codec
        self._cluster = ""
        self._consumer: LogConsumer | None = None
        self.anchors: list[Anchor] = []

    async def start(self) -> None:
        """Waits for the broker."""
        while not self._cluster:
            try:
                self._cluster = await cluster_id(self._bootstrap)
            except Unavailable:
                await asyncio.sleep(RETRY_S)
        self.anchors = [
            Anchor.genesis(cluster_id=self._cluster, topic=self._topic, partition=partition)
            for partition in range(self._partitions)
        ]

    async def poll(self) -> dict[int, list[Commit]]:
        """What came; nothing while the broker is away."""
        try:
            consumer = self._consumer or await self._connected()
            found = await consumer.poll(POLL_MS)
            self.anchors = [consumer.anchor(anchor.partition) for anchor in self.anchors]
        except Unavailable:
            await self.stop()
            await asyncio.sleep(RETRY_S)
            return {}
        return found

    async def to_the_end(self) -> dict[int, list[Commit]]:
        """All that the log holds now."""
        found: dict[int, list[Commit]] = {partition: [] for partition in range(self._partitions)}
        ends: dict[int, int] | None = None
        while True:
            for partition, commits in (await self.poll()).items():
                found[partition] += commits
            try:
                if self._consumer is not None:
                    ends = ends or await self._consumer.end_offsets()
                    if await self._consumer.caught_up(ends):
                        return found
            except Unavailable:
                await self.stop()

    async def stop(self) -> None:
        """Until the next `poll`."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def _connected(self) -> LogConsumer:
        consumer = LogConsumer(self._bootstrap, self._topic, self.anchors, cluster=self._cluster, codec=self._codec)
        await consumer.start()
        self._consumer = consumer
        return consumer
