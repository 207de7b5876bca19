"""A log on a real broker, and a signer that reads it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from cli.audit.topic import values
from cli.signer.folder import SignerFolder
from cli.signer.run import SignerConfig, run_signer
from domain.kernel.errors import Unavailable
from eventlog.model import LogRecord
from eventlog.topics import Topics, cluster_id, create_topics
from proof.ground.histories import Log, Story, set_up

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

    async def rewrite(self, admin: AIOKafkaAdminClient, messages: int) -> None:
        """Another log in place of this one: a lead that says something else, in `messages` messages."""
        await admin.delete_topics([self.topics.events])
        async with asyncio.timeout(30):
            while True:  # deleting goes on after its answer
                try:
                    await create_topics(self.bootstrap, self.topics, PARTITIONS, single_node=True)
                    log, story = told(self.topics, self.cluster)
                    for _ in range(messages - 1):
                        story.writes("what was never said")
                    await write(self.bootstrap, self.topics.events, log.records)
                    break
                except (KafkaError, Unavailable):
                    await asyncio.sleep(0.1)

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
    log, story = told(topics, cluster)
    made = SignedLog(kafka, topics, cluster, log, story, SignerFolder(folder / "signer"))
    await made.flush()
    return made


def told(topics: Topics, cluster: str) -> tuple[Log, Story]:
    log = Log(PARTITIONS, topic=topics.events, cluster=cluster)
    set_up(log)
    story = Story(log)
    story.arrives()
    story.writes("Oi, tudo bem?")
    return log, story


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
