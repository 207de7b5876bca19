"""Clients that ask in bundles, wait for the answers, read what they wrote, and keep the history of it.

A bundle is one batch of commands to one partition, sent again with the same ids until the broker has it. Answers come
from one witness, reads from another one that must have reached what was answered before: "read your position".
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from domain.kernel.command import Command, CommandMeta
from eventlog.closing import abandon_producer
from eventlog.cloudevents import command_headers
from proof.ground.field import RETRY_S, Field
from proof.ground.notes import Notes
from proof.ground.tallies import add
from proof.oracle.history import History

BUNDLE: Final = 80
READS: Final = 80
"""After each bundle: as many as it has commands, so that half of the operations look at what the other half did."""

AGAIN: Final = 0.03
"""Of commands are ones that were asked before."""

AGE: Final = 2_000
"""Commands after which a journey goes on to other streams: a writer that takes over replays them."""

SESSIONS: Final = 4
"""Of each partition: so many bundles are under way."""

SEND_S: Final = 10.0
POLL_S: Final = 0.01
STALL_S: Final = 240.0
"""Without any answer for so long, clients give up: what they wait for is unresolved."""

HOWS: Final = ("",) * 18 + ("refuse", "nothing")
Asked = tuple[CommandMeta, Command]


@dataclass(slots=True)
class Desk:
    """What sessions share. answers, copies: of the witnesses that tell and that are read. target: operations; hold: go
    on beyond it. reached: partition → last command offset that `copies` has applied; told: that was answered."""

    ground: Field
    answers: Notes
    copies: Notes
    target: int
    hold: bool = True
    history: History = field(default_factory=History)
    reached: dict[int, int] = field(default_factory=dict)
    told: dict[int, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    failed: int = 0
    stalled: bool = False
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def open(self) -> bool:
        return (self.hold or self.history.operations < self.target) and not self.stalled

    async def listen(self) -> None:
        """For ever: takes in what witnesses noted."""
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while True:
            news, copied = self.answers.more(), self.copies.more()
            at = loop.time()
            for partition, answer in news:
                self.history.tell(answer, at)
                self.told[partition] = max(answer.offset, self.told.get(partition, -1))
            for partition, answer in copied:
                self.reached[partition] = max(answer.offset, self.reached.get(partition, -1))
                for stream, version, _ in answer.events:
                    self.versions[stream] = version
            if news or copied:
                heard = at
            self.stalled = at - heard > STALL_S
            async with self._moved:
                self._moved.notify_all()
            await asyncio.sleep(POLL_S)

    async def until_told(self, ids: set[str]) -> None:
        """All of them; removes those that were. Or until nothing moves any more."""
        async with self._moved:
            while ids and not self.stalled:
                ids -= {id_ for id_ in ids if id_ in self.history.told}
                if ids:
                    await self._moved.wait()

    async def read(self, partition: int, stream: str) -> None:
        least, position = self.history.completed(stream), self.told.get(partition, -1)
        async with self._moved:
            while self.reached.get(partition, -1) < position and not self.stalled:
                await self._moved.wait()
        if not self.stalled:
            self.history.read(stream, self.versions.get(stream, 0), least)


@dataclass(slots=True)
class Session:
    """One client: bundles to one partition, one after the other."""

    desk: Desk
    partition: int
    rng: random.Random
    number: int
    _producer: AIOKafkaProducer | None = None
    _count: int = 0
    _asked: list[Asked] = field(default_factory=list)

    async def run(self) -> None:
        desk, history = self.desk, self.desk.history
        try:
            while desk.open:
                bundle = [self._next() for _ in range(BUNDLE)]
                now = asyncio.get_running_loop().time()
                for meta, _ in bundle:
                    history.ask(meta.command_id, now)
                while not await self._send(bundle):
                    desk.failed += 1
                    if desk.stalled:
                        return
                    await asyncio.sleep(RETRY_S)
                desk.ground.sent += [(meta.journey, meta.command_id) for meta, _ in bundle]
                waiting = {meta.command_id for meta, _ in bundle}
                await desk.until_told(waiting)
                history.operations += BUNDLE - len(waiting)
                self._asked = bundle
                for _ in range(READS):
                    await desk.read(self.partition, f"tally-{self._stream(self._journey())}")
        finally:
            await self._drop()

    def _next(self) -> Asked:
        if self._asked and self.rng.random() < AGAIN:
            self.desk.history.repeated += 1
            return self.rng.choice(self._asked)
        self._count += 1
        journey = self._journey()
        streams = [self._stream(journey) for _ in range(self.rng.choice((1, 1, 1, 2)))]
        id_ = str(UUID(int=self.number << 96 | self.partition << 80 | self._count, version=4))
        return add(journey, 0, *dict.fromkeys(streams), id_=id_, how=self.rng.choice(HOWS))

    def _journey(self) -> str:
        return self.rng.choice(self.desk.ground.journeys[3 * self.partition : 3 * self.partition + 3])

    def _stream(self, journey: str) -> str:
        return f"{journey}/{self._count // AGE}{self.rng.choice('ab')}"

    async def _send(self, bundle: list[Asked]) -> bool:
        """Whether the broker has it. A producer whose send failed is thrown away."""
        ours = self.desk.ground
        try:
            async with asyncio.timeout(SEND_S):
                producer = await self._live()
                batch: Any = producer.create_batch()
                for meta, command in bundle:
                    value = ours.codec.encode_command(meta, command)
                    headers = list(command_headers(command.TOPIC, meta))
                    assert batch.append(key=meta.journey.encode(), value=value, timestamp=None, headers=headers)
                await (await producer.send_batch(batch, ours.topics.commands, partition=self.partition))
        except (KafkaError, TimeoutError):
            await self._drop()
            return False
        return True

    async def _live(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self.desk.ground.bootstrap,
                enable_idempotence=True,
                acks="all",
                compression_type="zstd",
                max_batch_size=512 * 1024,
            )
            await self._producer.start()
        return self._producer

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await abandon_producer(producer)


@asynccontextmanager
async def sessions_on(desk: Desk, rng: random.Random) -> AsyncIterator[None]:
    """They work meanwhile; at the end all have come to an end, by their target or because nothing moves."""
    listening = asyncio.create_task(desk.listen())
    sessions = [
        Session(desk, partition, random.Random(rng.random()), number)
        for partition in range(desk.ground.partitions)
        for number in range(SESSIONS)
    ]
    try:
        async with asyncio.TaskGroup() as group:
            for session in sessions:
                group.create_task(session.run())
            yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
