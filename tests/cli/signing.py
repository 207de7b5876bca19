"""A log on a real broker, and a signer that reads it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer

from cli.audit.topic import values
from cli.signer.folder import SignerFolder
from cli.signer.run import SignerConfig, run_signer
from eventlog.model import LogRecord
from eventlog.topics import Topics, cluster_id, create_topics
from tests.projections.histories import Log, Story, set_up

PARTITIONS = 3


@dataclass(slots=True)
class SignedLog:
    """log: what is in the topic, or will be after `flush`. story: of one lead."""

    bootstrap: str
    topics: Topics
    cluster: str
    log: Log
    story: Story
    folder: SignerFolder
    written: int = 0

    async def flush(self) -> None:
        await write(self.bootstrap, self.topics.events, self.log.records[self.written :])
        self.written = len(self.log.records)

    def config(self, *, anew: bool = False) -> SignerConfig:
        return SignerConfig(bootstrap=self.bootstrap, topics=self.topics, partitions=PARTITIONS, every_s=0.1, anew=anew)

    async def published(self) -> list[bytes]:
        return [value async for _, value in values(self.bootstrap, self.topics.checkpoints)]

    @property
    def offset(self) -> int:
        """The next one of the lead's partition."""
        partition = self.story.log.commits[-1].partition
        return sum(record.partition == partition for record in self.log.records)

    @asynccontextmanager
    async def signer(self, *, anew: bool = False) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(run_signer(self.config(anew=anew), self.folder, stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def signed_log(kafka: str, folder: Path) -> SignedLog:
    topics = Topics(f"s{uuid.uuid4().hex[:8]}.")
    await create_topics(kafka, topics, PARTITIONS, single_node=True)
    cluster = await cluster_id(kafka)
    log = Log(PARTITIONS, topic=topics.events, cluster=cluster)
    set_up(log)
    story = Story(log)
    story.arrives()
    story.writes("Oi, tudo bem?")
    made = SignedLog(kafka, topics, cluster, log, story, SignerFolder(folder / "signer"))
    await made.flush()
    return made


async def write(bootstrap: str, topic: str, records: list[LogRecord]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        sent = [
            await producer.send(topic, r.value or None, key=r.key, headers=list(r.headers), partition=r.partition)
            for r in records
        ]
        await asyncio.gather(*sent)


async def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)
