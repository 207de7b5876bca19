"""The outside of a writer under fire: topics, a client that writes down what it sent, a standalone verifier."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from domain.kernel.command import Command, CommandMeta
from domain.kernel.errors import Unavailable
from eventlog.codec import Codec
from eventlog.consumer import log_record
from eventlog.model import Anchor, Commit, LogRecord, Position
from eventlog.producer import CommandLog, RawLog
from eventlog.reader import Reader, link_of
from eventlog.topics import Topics, cluster_id, create_topics
from tests.commands.oracle import got, wanted
from tests.commands.tally import add, journey_in

HOWS = ("", "", "", "", "", "refuse", "refuse half-way", "crash", "nothing")


@dataclass
class Field:
    """sent: every command that the broker acknowledged, where it says that it stands."""

    bootstrap: str
    codec: Codec
    partitions: int
    topics: Topics = field(default_factory=lambda: Topics(f"fire-{uuid.uuid4().hex[:12]}."))
    sent: list[tuple[Position, CommandMeta]] = field(default_factory=list)
    attempts: int = 0
    _ends: AIOKafkaConsumer | None = None

    def __post_init__(self) -> None:
        self.group = f"{self.topics.prefix}writer"
        self.raw = RawLog(self.bootstrap, timeout_s=20)
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
                self.sent.append((await self.log.submit(meta, command), meta))
                return
            except Unavailable:
                await asyncio.sleep(0.1)

    async def fire(self, stop: asyncio.Event, rng: random.Random, *, pause_s: float = 0.002) -> None:
        """Commands of all kinds, in bursts whose order among each other is not known, one in ten sent twice."""
        number = 0
        while not stop.is_set():
            burst: list[tuple[CommandMeta, Command]] = []
            for _ in range(rng.randint(1, 8)):
                journey = rng.choice(self.journeys)
                age = number // 300  # a refusal half-way has its streams built anew: they must not be endless
                tallies = [f"{journey}/{age}{key}" for key in rng.choice(["a", "b", "ab", "cab"])]
                one = add(journey, number, *tallies, how=rng.choice(HOWS))
                burst += [one, one] if rng.random() < 0.1 else [one]
                number += 1
            rng.shuffle(burst)
            await asyncio.gather(*(self.submit(*one) for one in burst))
            await asyncio.sleep(pause_s)

    async def length(self) -> int:
        """Records in [events], void or not."""
        if self._ends is None:
            self._ends = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
            await self._ends.start()
        places = [TopicPartition(self.topics.events, partition) for partition in range(self.partitions)]
        return sum((await self._ends.end_offsets(places)).values())

    async def grown(
        self, records: int, timeout_s: float = 60.0, *, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Waits until [events] has grown by so many records."""
        before = await self.length()
        async with asyncio.timeout(timeout_s):
            while await self.length() < before + records:
                meanwhile()
                await asyncio.sleep(0.05)

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

    async def chain(
        self, events: Mapping[int, Sequence[LogRecord]] | None = None
    ) -> dict[int, tuple[Reader, list[Commit]]]:
        """[events] from its beginning by the chain rule."""
        cluster = await cluster_id(self.bootstrap)
        found: dict[int, tuple[Reader, list[Commit]]] = {}
        for partition, records in (events or await self.read(self.topics.events)).items():
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

    async def verify(self) -> Verdict:
        """The standalone verifier: [commands] says what must be, [events] by the chain rule what is."""
        commands = await self.read(self.topics.commands)
        verdict = Verdict(sent=len(self.sent))
        events = await self.read(self.topics.events)
        for partition, (reader, accepted) in (await self.chain(events)).items():
            verdict.add(commands[partition], accepted, sum(reader.voids.values()), self.codec)
            begun = [link.command_offset for record in events[partition] if (link := link_of(record)) and link.i == 0]
            verdict.doubled_without_rule += len(begun) - len(set(begun))
        answered = {(commit.journey, commit.command_id) for commit in verdict.commits}
        verdict.lost = sum((meta.journey, meta.command_id) not in answered for _, meta in self.sent)
        return verdict

    async def settled(self, timeout_s: float = 60.0) -> Verdict:
        """Waits until every command that was sent has its answer, as long as there are more answers all the time."""
        loop = asyncio.get_running_loop()
        verdict, since = await self.verify(), loop.time()
        while verdict.open and loop.time() - since < timeout_s:
            await asyncio.sleep(min(5.0, 0.3 + len(verdict.commits) / 5_000))  # reading all of it again is work too
            now = await self.verify()
            if len(now.commits) > len(verdict.commits):
                since = loop.time()
            verdict = now
        return verdict

    async def close(self) -> None:
        if self._ends is not None:
            await self._ends.stop()
        await self.raw.stop()


@dataclass
class Verdict:
    """sent: acknowledged commands. lost: of them, without a commit. open: commands of the topic without a commit.
    doubled: commits whose (journey, id) had one already. wrong: commits that are not what the command must lead to.
    voids: records that do not count. doubled_without_rule: the control, commits that a reader would apply once more if
    it took whatever is complete."""

    sent: int
    lost: int = 0
    open: int = 0
    doubled: int = 0
    wrong: int = 0
    voids: int = 0
    doubled_without_rule: int = 0
    commits: list[Commit] = field(default_factory=list)
    differences: list[Any] = field(default_factory=list)

    def add(self, commands: Sequence[LogRecord], accepted: Sequence[Commit], voids: int, codec: Codec) -> None:
        must, have = wanted(commands, codec), [got(commit) for commit in accepted]
        ids = [(commit.journey, commit.command_id) for commit in accepted]
        self.open += max(0, len(must) - len(have))
        self.doubled += len(ids) - len(set(ids))
        differences = [pair for pair in zip(must, have, strict=False) if pair[0] != pair[1]]
        self.wrong += len(differences) + max(0, len(have) - len(must))
        self.voids += voids
        self.commits += accepted
        self.differences += differences[:3]

    def summary(self) -> dict[str, int]:
        return {
            "commands_acknowledged": self.sent,
            "commits": len(self.commits),
            "lost": self.lost,
            "doubled": self.doubled,
            "wrong": self.wrong,
            "unanswered": self.open,
            "void_records": self.voids,
            "control_doubled_without_the_rule": self.doubled_without_rule,
        }

    def assert_clean(self) -> None:
        assert (self.lost, self.open, self.doubled, self.wrong) == (0, 0, 0, 0), (self.summary(), self.differences)
