"""Clients are closed in the moment of a failure, which is when they are closed: a fetch failed, nothing is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from eventlog.closing import abandon_producer, close_consumer, close_producer
from eventlog.topics import Topics, create_topics
from proof.ground.broker import own_broker
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


@asynccontextmanager
async def producer_that_cannot_flush(folder: Path) -> AsyncIterator[AIOKafkaProducer]:
    """Its broker died with what it holds unsent."""
    async with own_broker(folder) as broker:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True)
        await producer.start()
        await create_topics(broker.bootstrap, Topics("closing."), 1, single_node=True)
        await producer.send_and_wait("closing.dlq", b"before", partition=0)
        broker.server.kill()
        await producer.send("closing.dlq", b"after", partition=0)
        yield producer


async def test_a_producer_that_cannot_flush_is_let_go(tmp_path: Path) -> None:
    async with producer_that_cannot_flush(tmp_path) as producer:
        sending = producer._sender.sender_task
        assert sending is not None
        await close_producer(producer, 0.2)
        assert sending.done()
        assert not any(connection.connected() for connection in producer.client._conns.values())


async def test_control_a_stop_that_is_given_up_leaves_its_task_behind(tmp_path: Path) -> None:
    """If this fails, aiokafka was mended and `close_producer` may go."""
    async with producer_that_cannot_flush(tmp_path) as producer:
        sending = producer._sender.sender_task
        stopping = asyncio.create_task(producer.stop())
        await asyncio.wait([stopping], timeout=0.2)
        stopping.cancel()
        await asyncio.wait([stopping], timeout=0.2)
        assert sending is not None
        assert not sending.done()
        await abandon_producer(producer)
