"""Where a topic ends now."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from domain.kernel.errors import Unavailable
from eventlog.closing import close_consumer
from eventlog.consumer import REQUEST_MS


async def end_offsets(bootstrap: str, topic: str, partitions: int) -> tuple[int, ...]:
    """By partition: the offset that the next record gets at the earliest. Raises Unavailable."""
    places = [TopicPartition(topic, partition) for partition in range(partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, request_timeout_ms=REQUEST_MS)
    try:
        await consumer.start()
        ends = await consumer.end_offsets(places)
    except KafkaError as error:
        raise Unavailable("kafka_unavailable", type(error).__name__) from error
    finally:
        await close_consumer(consumer)
    return tuple(ends[place] for place in places)
