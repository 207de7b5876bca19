"""A consumer whose fetching has died says nothing for ever; one that has nothing to say is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from domain.kernel.errors import Unavailable
from eventlog.closing import close_consumer
from eventlog.consumer import LogConsumer
from eventlog.listening import Deaf, Listening
from eventlog.model import Anchor
from eventlog.topics import cluster_id
from tests.conftest import TopicFactory

pytestmark = pytest.mark.stack

AFTER_S = 0.3


@asynccontextmanager
async def consumer_of(bootstrap: str, place: TopicPartition) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none")
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, 0)
        yield consumer
    finally:
        await close_consumer(consumer)


async def write(bootstrap: str, place: TopicPartition) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(place.topic, b"v", partition=place.partition)


async def listen(consumer: AIOKafkaConsumer, listening: Listening, place: TopicPartition, polls: int = 20) -> int:
    """Polls for several silences; how many records came. Raises Deaf."""
    heard = 0
    for _ in range(polls):
        found = await consumer.getmany(place, timeout_ms=100)
        heard += sum(map(len, found.values()))
        await listening.polled(bool(found))
    return heard


async def test_a_consumer_whose_fetching_died_is_found_out(kafka: str, topic_factory: TopicFactory) -> None:
    place = TopicPartition(await topic_factory(), 0)
    async with consumer_of(kafka, place) as consumer:
        listening = Listening(consumer, place, AFTER_S)
        consumer._fetcher._fetch_task.cancel()
        await asyncio.wait([consumer._fetcher._fetch_task])
        await write(kafka, place)
        with pytest.raises(Deaf):
            await listen(consumer, listening, place)


async def test_a_quiet_log_and_one_that_speaks_at_last_are_no_alarm(kafka: str, topic_factory: TopicFactory) -> None:
    place = TopicPartition(await topic_factory(), 0)
    async with consumer_of(kafka, place) as consumer:
        listening = Listening(consumer, place, AFTER_S)
        assert await listen(consumer, listening, place) == 0
        await write(kafka, place)
        assert await listen(consumer, listening, place) == 1


async def test_records_that_nobody_polled_for_a_while_are_no_alarm(kafka: str, topic_factory: TopicFactory) -> None:
    place = TopicPartition(await topic_factory(), 0)
    async with consumer_of(kafka, place) as consumer:
        listening = Listening(consumer, place, AFTER_S)
        await listen(consumer, listening, place)
        await write(kafka, place)
        await asyncio.sleep(3 * AFTER_S)  # busy elsewhere: silence on our side says nothing
        await listening.polled(anything=False)
        assert await listen(consumer, listening, place) == 1


async def poll_long(consumer: LogConsumer) -> None:
    """Polls for several silences."""
    for _ in range(20):
        await consumer.poll(100)


async def test_the_reader_of_the_log_says_that_it_is_deaf(kafka: str, topic_factory: TopicFactory) -> None:
    place = TopicPartition(await topic_factory(), 0)
    cluster = await cluster_id(kafka)
    anchor = Anchor.genesis(cluster_id=cluster, topic=place.topic, partition=0)
    consumer = LogConsumer(kafka, place.topic, [anchor], cluster=cluster)
    await consumer.start()
    try:
        consumer._listening[place] = Listening(consumer._consumer, place, AFTER_S)
        consumer._consumer._fetcher._fetch_task.cancel()
        await write(kafka, place)
        with pytest.raises(Unavailable, match="consumer_deaf"):
            await poll_long(consumer)
    finally:
        await consumer.stop()
