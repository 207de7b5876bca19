"""The records of a topic of one partition, as they stand there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from domain.kernel.errors import Unavailable
from eventlog.topics import cluster_id


async def values(bootstrap: str, topic: str, *, last: int | None = None) -> AsyncIterator[tuple[int, bytes]]:
    """(offset, value) up to the end that the topic has now. last: at most so many, the youngest. Raises Unavailable."""
    await cluster_id(bootstrap)  # a broker that is away is told at once, in words
    place = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_uncommitted"
    )
    try:
        await consumer.start()
        consumer.assign([place])
        begin = (await consumer.beginning_offsets([place]))[place]
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, begin if last is None else max(begin, end - last))
        while await consumer.position(place) < end:
            for record in await _polled(consumer, place):
                if record.offset < end:
                    yield record.offset, record.value or b""
    except KafkaError as error:
        raise Unavailable("kafka_unavailable", str(error)) from error
    finally:
        await consumer.stop()


async def _polled(consumer: AIOKafkaConsumer, place: TopicPartition) -> list[Any]:
    return list((await consumer.getmany(place, timeout_ms=1000)).get(place, ()))
