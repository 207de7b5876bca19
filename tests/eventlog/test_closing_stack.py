"""A consumer is closed in the moment after a failed fetch, which is when consumers are closed."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from eventlog.closing import close_consumer
from tests.conftest import TopicFactory

pytestmark = pytest.mark.stack


async def consumer_after_a_failed_fetch(bootstrap: str, topic: str) -> AIOKafkaConsumer:
    """Its connections broke; the fetch waits (for long, so that it surely waits) to try again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none", retry_backoff_ms=60_000
    )
    await consumer.start()
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    await consumer.getmany(place, timeout_ms=200)
    for connection in consumer._client._conns.values():
        connection.close()
    await consumer.getmany(place, timeout_ms=200)
    return consumer


async def test_closing_after_a_failed_fetch_raises_nothing(kafka: str, topic_factory: TopicFactory) -> None:
    consumer = await consumer_after_a_failed_fetch(kafka, await topic_factory())
    assert not await close_consumer(consumer)
    assert consumer._client._sync_task is None  # closed all the same


async def test_control_the_clients_own_stop_looks_like_a_cancellation(kafka: str, topic_factory: TopicFactory) -> None:
    """If this fails, aiokafka was mended and `close_consumer` may go."""
    consumer = await consumer_after_a_failed_fetch(kafka, await topic_factory())
    with pytest.raises(asyncio.CancelledError):
        await consumer.stop()
    await consumer._client.close()


async def test_closing_in_order_says_so(kafka: str, topic_factory: TopicFactory) -> None:
    consumer = AIOKafkaConsumer(await topic_factory(), bootstrap_servers=kafka)
    await consumer.start()
    assert await close_consumer(consumer)
