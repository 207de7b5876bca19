"""A history on a real log, and a database of its own on the real ClickHouse."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from eventlog.model import LogRecord
from eventlog.topics import Topics
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.projector import AnalyticsConfig
from proof.ground.histories import Log, Story
from proof.servers import ClickHouse

PARTITIONS = 3


class ServedLog(Log):
    """A history chained from the genesis of a real topic."""

    def __init__(self, cluster: str, topics: Topics, partitions: int = PARTITIONS) -> None:
        self.topics = topics
        self.sent = 0
        super().__init__(partitions, cluster=cluster, topic=topics.events)

    async def send(self, bootstrap: str) -> None:
        """What has been told since the last time."""
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5)
        await producer.start()
        try:
            for record in self.records[self.sent :]:
                await self._append_to(producer, record)
            self.sent = len(self.records)
        finally:
            await producer.stop()  # flushes

    async def _append_to(self, producer: AIOKafkaProducer, record: LogRecord) -> None:
        await producer.send(
            self.topics.events,
            record.value,
            key=record.key,
            partition=record.partition,
            headers=list(record.headers),
        )


def tell(log: Log, names: Iterable[str], *, messages: int = 3) -> None:
    """Leads who write, are answered in two chunks, and a refusal each: 11 records + `messages`."""
    for name in names:
        story = Story(log, name)
        story.arrives()
        for _ in range(messages):
            story.writes()
        story.turn_closes()
        log.refuse(story.company, story.journey)
        story.replies(1, chunks=2)
        for seq in range(2):
            story.attempts(1, seq)
            story.sends(1, seq)


def config_of(kafka: str, topics: Topics, clickhouse: ClickHouse, *, database: str | None = None) -> AnalyticsConfig:
    """Small blocks, a database of its own."""
    target = Target(
        host=clickhouse.host,
        port=clickhouse.port,
        user=clickhouse.user,
        password=clickhouse.password,
        database=database or f"a{uuid.uuid4().hex[:12]}",
    )
    return AnalyticsConfig(
        bootstrap=kafka, target=target, topics=topics, partitions=PARTITIONS, block_rows=20, linger_s=0.2
    )


class Asked:
    """Questions of an analyst."""

    def __init__(self, target: Target) -> None:
        self.target = target

    async def rows(self, sql: str) -> list[tuple[object, ...]]:
        """sql: `{db}` is the database with the plain name."""
        async with connect(self.target) as client:
            result = await client.query(sql.format(db=self.target.database))
            return [tuple(row) for row in result.result_rows]

    async def one(self, sql: str) -> object:
        ((value,),) = await self.rows(sql)
        return value


@asynccontextmanager
async def dropped(config: AnalyticsConfig) -> AsyncIterator[Asked]:
    """The databases of this configuration are gone afterwards."""
    try:
        yield Asked(config.target)
    finally:
        async with connect(config.target) as client:
            found = await client.query("SHOW DATABASES")
            for (name,) in found.result_rows:
                if str(name).split("_g")[0] == config.target.database:
                    await client.command(f"DROP DATABASE {name}")
