"""The outside of a writer under fire: topics, and a client that writes down what it sent."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from domain.kernel.command import Command, CommandMeta
from domain.kernel.errors import Unavailable
from eventlog.codec import Codec
from eventlog.consumer import log_record
from eventlog.model import Anchor, Commit, LogRecord
from eventlog.producer import CommandLog, RawLog
from eventlog.reader import Reader
from eventlog.topics import Topics, cluster_id, create_topics
from proof.ground.tallies import add, journey_in
from proof.oracle.chain import Chain, genesis
from proof.oracle.decided import Answer
from proof.oracle.verdict import Id, Verdict

HOWS = ("", "", "", "", "", "refuse", "refuse half-way", "crash", "nothing")
RETRY_S = 0.1
LOOK_S = 5.0
"""Longest pause between two looks at everything: reading it again is work too."""

Applied = Callable[[], dict[int, list[Answer]]]
"""What a reader applied so far, by partition."""


@dataclass
class Field:
    """bootstrap: how the oracle reaches the broker. door: how the client does, if otherwise. sent: ids of commands that
    the broker acknowledged."""

    bootstrap: str
    codec: Codec
    partitions: int
    door: str = ""
    topics: Topics = field(default_factory=lambda: Topics(f"fire-{uuid.uuid4().hex[:12]}."))
    sent: list[Id] = field(default_factory=list)
    attempts: int = 0
    _ends: AIOKafkaConsumer | None = None

    def __post_init__(self) -> None:
        self.group = f"{self.topics.prefix}writer"
        self.raw = RawLog(self.door or self.bootstrap, timeout_s=20)
        self.log = CommandLog(self.raw, self.topics, partitions=self.partitions, codec=self.codec)
        self.journeys = [journey_in(p, self.partitions, n) for p in range(self.partitions) for n in range(3)]

    async def make(self) -> None:
        await create_topics(self.bootstrap, self.topics, self.partitions, single_node=True)
        await self.raw.start()

    async def submit(self, meta: CommandMeta, command: Command) -> None:
        """Until the broker has acknowledged it, with the same id: a client that retries."""
        while True:
            self.attempts += 1
            try:
                await self.log.submit(meta, command)
            except Unavailable:
                await asyncio.sleep(RETRY_S)
            else:
                self.sent.append((meta.journey, meta.command_id))
                return

    async def fire(self, stop: asyncio.Event, rng: random.Random, *, pause_s: float = 0.002, burst: int = 8) -> None:
        """Commands of all kinds, in bursts whose order among each other is not known, one in ten sent twice."""
        number = 0
        while not stop.is_set():
            volley: list[tuple[CommandMeta, Command]] = []
            for _ in range(rng.randint(1, burst)):
                journey = rng.choice(self.journeys)
                age = number // 300  # a refusal half-way has its streams built anew: they must not be endless
                tallies = [f"{journey}/{age}{key}" for key in rng.choice(["a", "b", "ab", "cab"])]
                one = add(journey, number, *tallies, how=rng.choice(HOWS))
                volley += [one, one] if rng.random() < 0.1 else [one]
                number += 1
            rng.shuffle(volley)
            await asyncio.gather(*(self.submit(*one) for one in volley))
            await asyncio.sleep(pause_s)

    @asynccontextmanager
    async def under_fire(self, rng: random.Random, *, pause_s: float = 0.1, burst: int = 8) -> AsyncIterator[None]:
        """The client sends meanwhile."""
        stop = asyncio.Event()
        fire = asyncio.create_task(self.fire(stop, random.Random(rng.random()), pause_s=pause_s, burst=burst))
        try:
            yield
        finally:
            stop.set()
            await fire

    async def length(self) -> int:
        """Records in [events], void or not."""
        if self._ends is None:
            self._ends = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
            await self._ends.start()
        places = [TopicPartition(self.topics.events, partition) for partition in range(self.partitions)]
        return sum((await self._ends.end_offsets(places)).values())

    async def grown(
        self, records: int, timeout_s: float = 300.0, *, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Waits until [events] has grown by so many records."""
        before = await self.length()
        async with asyncio.timeout(timeout_s):
            while await self.length() < before + records:
                meanwhile()
                await asyncio.sleep(0.02)

    async def read(self, topic: str) -> dict[int, list[LogRecord]]:
        """All records of a topic, by an ordinary consumer."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_uncommitted",
        )
        await consumer.start()
        try:
            places = [TopicPartition(topic, partition) for partition in range(self.partitions)]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, 0)
            ends = await consumer.end_offsets(places)
            found: dict[int, list[LogRecord]] = {place.partition: [] for place in places}
            while any([await consumer.position(place) < ends[place] for place in places]):
                for place, records in (await consumer.getmany(timeout_ms=200)).items():
                    found[place.partition] += map(log_record, records)
            return found
        finally:
            await consumer.stop()

    async def chain(self) -> dict[int, tuple[Reader, list[Commit]]]:
        """[events] from its beginning, by the product's own reader."""
        cluster = await cluster_id(self.bootstrap)
        found: dict[int, tuple[Reader, list[Commit]]] = {}
        for partition, records in (await self.read(self.topics.events)).items():
            anchor = Anchor.genesis(cluster_id=cluster, topic=self.topics.events, partition=partition)
            reader = Reader(anchor, self.codec)
            found[partition] = (reader, reader.feed(records))
        return found

    async def answers(self, partition: int, count: int, timeout_s: float = 20.0) -> list[Commit]:
        """The commits of a partition, once there are so many."""
        async with asyncio.timeout(timeout_s):
            while True:
                commits = (await self.chain())[partition][1]
                if len(commits) >= count:
                    return commits
                await asyncio.sleep(0.2)

    async def verify(self, applied: Applied | None = None) -> Verdict:
        """[commands] says what must be, [events] by the rule what is, and a reader, if there is one, what it saw."""
        seen = applied() if applied is not None else None
        commands, events = await self.read(self.topics.commands), await self.read(self.topics.events)
        cluster, verdict = await cluster_id(self.bootstrap), Verdict()
        for partition in range(self.partitions):
            chain = Chain(genesis(cluster, self.topics.events, partition))
            log = verdict.log_of[partition] = verdict.log(commands[partition], events[partition], chain, self.codec)
            if seen is not None:
                verdict.reader(log, seen.get(partition, []))
        metas = [self.codec.decode_command(record.value)[0] for records in commands.values() for record in records]
        verdict.acknowledged(set(self.sent), {(meta.journey, meta.command_id) for meta in metas})
        return verdict

    async def settled(self, timeout_s: float = 60.0, *, applied: Applied | None = None) -> Verdict:
        """Waits until every command that was sent has its answer, as long as there are more answers all the time."""
        loop = asyncio.get_running_loop()
        verdict, since = await self.verify(applied), loop.time()
        while verdict.open and loop.time() - since < timeout_s:
            await asyncio.sleep(min(LOOK_S, 0.3 + verdict.answers / 5_000))
            now = await self.verify(applied)
            if (now.answers, now.applied) > (verdict.answers, verdict.applied):
                since = loop.time()
            verdict = now
        return verdict

    async def close(self) -> None:
        if self._ends is not None:
            await self._ends.stop()
        await self.raw.stop()
