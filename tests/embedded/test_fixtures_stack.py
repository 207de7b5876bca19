"""The shared fixtures themselves: what other tests rely on."""

from __future__ import annotations

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from proof.servers import Postgres
from tests.conftest import TopicFactory

pytestmark = pytest.mark.stack


async def test_a_record_written_to_a_made_topic_is_read_back(kafka: str, topic_factory: TopicFactory) -> None:
    topic = await topic_factory(partitions=3, config={"flush.messages": "1"})
    async with AIOKafkaProducer(bootstrap_servers=kafka, compression_type="zstd") as producer:
        metadata = await producer.send_and_wait(topic, b"value", key=b"key", partition=2)
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        assert consumer.partitions_for_topic(topic) == {0, 1, 2}
        record = await consumer.getone()
    assert (record.partition, record.offset, record.value) == (2, metadata.offset, b"value")


async def test_making_a_topic_twice_fails(topic_factory: TopicFactory) -> None:
    topic = await topic_factory()
    with pytest.raises(Exception, match="already exists"):
        await topic_factory(name=topic)


def test_fresh_databases_are_empty_and_apart(postgres: Postgres) -> None:
    first, second = postgres.fresh_database(), postgres.fresh_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE t (v vector(3))")
    with psycopg.connect(second) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
