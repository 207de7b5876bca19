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
from eventlog.closing import close_consumer
from eventlog.topics import METADATA_MS

NEVER_MS: Final = 2**31 - 1
"""The member fetches nothing itself: that it does not poll says nothing."""

COMMIT_S: Final = 5.0
LEAVE_S: Final = 1.0
"""How long leaving the group may take: without it the others wait for the session's end."""

JOIN_DELAY_S: Final = 3.0
"""How long a broker lets a new group's first member wait for others (`group.initial.rebalance.delay.ms`)."""

PATIENCE_SESSIONS: Final = 3
"""A rebalance takes a session at most. Who has no assignment after three of them is not waiting for the group."""


class Fenced(LegionError):
    """The group gave the partition to another, or is about to: whoever was the writer stops."""

    default_code = "fenced"


class Lost(LegionError):
    """This membership will not come back by itself: another one is needed."""

    default_code = "membership_lost"


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """owned: partition → number of the assignment that brought it. changed: set after each change of it."""

    def __init__(self, config: WriterConfig) -> None:
        self.owned: dict[int, int] = {}
        self.changed = asyncio.Event()
        self._config = config
        self._assignments = 0
        self._unassigned_at: float | None = None
        self._patience_s = PATIENCE_SESSIONS * config.session_timeout_s + JOIN_DELAY_S
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
            metadata_max_age_ms=METADATA_MS,
            # the longest answer is the join's; aiokafka's 40 s would hide a lost one for many sessions
            request_timeout_ms=2 * session_ms + int(JOIN_DELAY_S * 1000),
        )

    async def start(self) -> None:
        """Joins. Raises KafkaError."""
        self._consumer.subscribe([self._config.topics.commands], listener=self)
        await self._consumer.start()

    async def stop(self) -> bool:
        """Leaves: the others take over at once. False: without a goodbye, they wait for the session's end."""
        return await close_consumer(self._consumer, LEAVE_S)

    def check(self) -> None:
        """Raises Lost. To be called now and then: aiokafka lays an error of its coordination before whoever polls, and
        joins no more until then; this member never polls."""
        try:
            self._consumer._coordinator.check_errors()
        except (Exception, asyncio.CancelledError) as error:  # nothing is awaited here: its task was cancelled, not us
            raise Lost(detail=type(error).__name__) from error
        if self._unassigned_at is not None and self._now() - self._unassigned_at > self._patience_s:
            raise Lost(detail="no assignment")

    def _doubt(self) -> None:
        self._unassigned_at = self._unassigned_at or self._now()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    # Nothing else happens in these: they hold up the rebalance, heartbeats stand still meanwhile.

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        for place in revoked:
            self.owned.pop(place.partition, None)
        self._doubt()
        self.changed.set()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        places = list(assigned)
        self._assignments += 1
        self._unassigned_at = None
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
            self._doubt()  # a new assignment must follow
            raise Fenced(detail=f"partition {partition}") from error

    async def committed(self, partition: int) -> tuple[int, str]:
        """The offset and mark that stand there; 0 and "" if none. Raises KafkaError or TimeoutError."""
        place = TopicPartition(self._config.topics.commands, partition)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._config.bootstrap)  # the consumer hides the metadata
        try:
            async with asyncio.timeout(COMMIT_S):
                await admin.start()
                found = (await admin.list_consumer_group_offsets(self._config.group, partitions=[place])).get(place)
        finally:
            await admin.close()
        return (0, "") if found is None or found.offset < 0 else (found.offset, found.metadata)
