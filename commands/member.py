"""The consumer-group member: which partitions are ours, and the commit that proves it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalStateError

from commands.config import WriterConfig
from domain.kernel.errors import LegionError

NEVER_MS: Final = 2**31 - 1
"""The member fetches nothing itself: that it does not poll says nothing."""

COMMIT_S: Final = 5.0


class Fenced(LegionError):
    """The group gave the partition to another, or is about to: whoever was the writer stops."""

    default_code = "fenced"


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """owned: partition → number of the assignment that brought it. changed: set after each change of it."""

    def __init__(self, config: WriterConfig) -> None:
        self.owned: dict[int, int] = {}
        self.changed = asyncio.Event()
        self._config = config
        self._assignments = 0
        session_ms = int(config.session_timeout_s * 1000)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=config.bootstrap,
            group_id=config.group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 4,
            max_poll_interval_ms=NEVER_MS,
            rebalance_timeout_ms=session_ms,
        )

    async def start(self) -> None:
        """Joins. Raises KafkaError."""
        self._consumer.subscribe([self._config.topics.commands], listener=self)
        await self._consumer.start()

    async def stop(self) -> None:
        """Leaves: the others take over at once."""
        await self._consumer.stop()

    # Nothing else happens in these: they hold up the rebalance, heartbeats stand still meanwhile.

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        for place in revoked:
            self.owned.pop(place.partition, None)
        self.changed.set()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        places = list(assigned)
        self._assignments += 1
        self._consumer.pause(*places)  # records are read by each partition's own consumer
        self.owned = {place.partition: self._assignments for place in places}
        self.changed.set()

    async def commit(self, partition: int, offset: int, mark: str) -> None:
        """Proves that the partition is ours. Raises Fenced; KafkaError or TimeoutError when nobody knows."""
        place = TopicPartition(self._config.topics.commands, partition)
        try:
            async with asyncio.timeout(COMMIT_S):
                await self._consumer.commit({place: (offset, mark)})
        except (CommitFailedError, IllegalStateError) as error:
            raise Fenced(detail=f"partition {partition}") from error

    async def committed(self, partition: int) -> tuple[int, str]:
        """The offset and mark that stand there; 0 and "" if none. Raises KafkaError."""
        place = TopicPartition(self._config.topics.commands, partition)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._config.bootstrap)  # the consumer hides the metadata
        await admin.start()
        try:
            found = (await admin.list_consumer_group_offsets(self._config.group, partitions=[place])).get(place)
        finally:
            await admin.close()
        return (0, "") if found is None or found.offset < 0 else (found.offset, found.metadata)
