"""What consumer groups have read of a topic, who is in them, and how old the first unread record is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from domain.kernel.errors import Unavailable
from eventlog.closing import close_consumer
from eventlog.consumer import REQUEST_MS

FETCH_MS: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """members: processes that are in it. committed: partition → offset read next; absent: nothing was read yet."""

    members: int
    committed: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Partition → (records not read, age of the first of them in seconds)."""

    partitions: Mapping[int, tuple[int, float]]

    @property
    def lag(self) -> int:
        return sum(count for count, _ in self.partitions.values())

    @property
    def eldest_s(self) -> float:
        return max((age for _, age in self.partitions.values()), default=0.0)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except KafkaError as error:
        raise Unavailable("kafka_unavailable", type(error).__name__) from error


async def group(bootstrap: str, name: str, topic: str) -> Group:
    """Raises Unavailable."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_MS)
    async with _translated():
        try:
            await admin.start()
            offsets = await admin.list_consumer_group_offsets(name)
            described = await admin.describe_consumer_groups([name])
        finally:
            await admin.close()
    committed = {place.partition: told.offset for place, told in offsets.items() if place.topic == topic}
    return Group(members=_members(described), committed=committed)


def _members(described: list[Any]) -> int:
    """DescribeGroupsResponse: groups of (error, group, state, protocol type, protocol, members, …)."""
    return sum(len(found[5]) for response in described for found in response.groups)


async def unread(bootstrap: str, topic: str, partitions: int, read: Mapping[int, int]) -> Unread:
    """read: partition → offset read next. Raises Unavailable."""
    places = [TopicPartition(topic, partition) for partition in range(partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_poll_records=1,
        request_timeout_ms=REQUEST_MS,
    )
    async with _translated():
        try:
            await consumer.start()
            consumer.assign(places)
            begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
            found: dict[int, tuple[int, float]] = {}
            for place in places:
                first = max(begins[place], read.get(place.partition, 0))
                if (count := ends[place] - first) > 0:
                    found[place.partition] = (count, await _age(consumer, place, first))
            return Unread(partitions=found)
        finally:
            await close_consumer(consumer)


async def _age(consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> float:
    """Seconds since the record was appended; 0 where none is delivered in time."""
    consumer.seek(place, offset)
    batch = await consumer.getmany(place, timeout_ms=FETCH_MS, max_records=1)
    return max(0.0, time.time() - batch[place][0].timestamp / 1000) if batch.get(place) else 0.0
