"""Appending to every topic but [events], whose only producer is the writer.

One idempotent producer, acks=all, linger 0, with a time-out of our own (aiokafka's idempotent producer never expires a
batch). After any error the producer is replaced: its state is unknown, and what it still holds may yet be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner, murmur2

from domain.kernel.command import Command, CommandMeta
from domain.kernel.errors import OutcomeUnknown, TooLarge, Unavailable
from domain.kernel.ids import partition_of
from eventlog.chain import Headers
from eventlog.closing import close_producer
from eventlog.cloudevents import command_headers
from eventlog.codec import Codec, default_codec
from eventlog.model import Position
from eventlog.quiet import quiet_client_logs
from eventlog.topics import MAX_BATCH_BYTES, PARTITIONS, Topics

_KAFKA_RULE: Final = DefaultPartitioner()

TIMEOUT_S: Final = 5.0
"""From the call to the acknowledgement. One produce takes 1 ms; a leader's change takes one to three seconds."""

BATCH_BYTES: Final = 256 * 1024
"""What waits for the broker's answer to the batch before goes out together. With aiokafka's 16 KiB every sender of a
full batch is woken at each answer to try again."""

ABANDON_S: Final = 5.0
"""How long an abandoned producer may take to close in the background: its stop() flushes and can wait for ever."""


def by_key(key: bytes | None, all_partitions: Sequence[int], available: Sequence[int]) -> int:
    """Kafka's own rule (murmur2 of the key), remembered: in Python it costs 15 µs, and the same keys come again."""
    if key is None:
        return int(_KAFKA_RULE(None, all_partitions, available))
    return all_partitions[_hash(key) % len(all_partitions)]


@lru_cache(maxsize=20_000)
def _hash(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF


class RawLog:
    """`append` to any topic; safe to call from many tasks."""

    def __init__(self, bootstrap: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._bootstrap = bootstrap
        self._timeout_s = timeout_s
        self._producer: AIOKafkaProducer | None = None
        self._starting: asyncio.Task[AIOKafkaProducer] | None = None
        self._abandoned: set[asyncio.Task[None]] = set()
        quiet_client_logs()

    async def start(self) -> None:
        """Connects. Raises Unavailable."""
        await self._live()

    async def stop(self) -> None:
        """Flushes what is on its way, bounded."""
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if self._producer is not None:
            self._replace(self._producer)
        await asyncio.gather(*self._abandoned)

    async def append(
        self, topic: str, key: bytes | None, value: bytes, headers: Headers, *, partition: int | None = None
    ) -> Position:
        """Writes one record and waits for all in-sync replicas. partition: None lets the key's hash choose.

        Raises TooLarge (not written), Unavailable (not written) or OutcomeUnknown (nobody knows: it may still be),
        all within the time-out, connecting included.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        producer = self._producer or await self._live()
        try:
            async with asyncio.timeout_at(deadline):
                sent = await producer.send(topic, value, key=key, partition=partition, headers=list(headers))
                metadata: Any = await sent
        except MessageSizeTooLargeError as error:
            raise TooLarge("record_too_large", f"{len(value)} bytes") from error
        except (KafkaError, TimeoutError) as error:
            self._replace(producer)
            raise OutcomeUnknown("append_unknown", f"{topic}: {type(error).__name__}") from error
        if metadata.offset < 0:  # a duplicate sequence counts as success to aiokafka, without its offset
            raise OutcomeUnknown("append_unplaced", topic)
        return Position(0, metadata.partition, metadata.offset)

    async def check(self) -> None:
        """Asks the broker something now. Raises Unavailable."""
        producer = await self._live()
        try:
            async with asyncio.timeout(self._timeout_s):
                answered = await producer.client.force_metadata_update()
        except (KafkaError, TimeoutError):
            answered = False
        if not answered:
            raise Unavailable("kafka_unavailable", "no metadata")

    async def _live(self) -> AIOKafkaProducer:
        """Many that wait share one attempt: one after the other, each would wait for the time-outs of all before it."""
        if self._producer is not None:
            return self._producer
        if self._starting is None:
            self._starting = asyncio.create_task(self._connected())
            self._starting.add_done_callback(self._started)
        return await asyncio.shield(self._starting)  # one that gives up must not end it for the others

    def _started(self, task: asyncio.Task[AIOKafkaProducer]) -> None:
        self._starting = None
        if not task.cancelled() and task.exception() is None:
            self._producer = task.result()

    async def _connected(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            compression_type="zstd",
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_BATCH_BYTES,
            partitioner=by_key,
            request_timeout_ms=int(self._timeout_s * 1000),
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                await producer.start()
        except (KafkaError, TimeoutError) as error:
            self._abandon(producer)
            raise Unavailable("kafka_unavailable", type(error).__name__) from error
        return producer

    def _replace(self, producer: AIOKafkaProducer) -> None:
        """The next append makes a new one; of many that failed together the first one sees to it."""
        if producer is self._producer:
            self._producer = None
            self._abandon(producer)

    def _abandon(self, producer: AIOKafkaProducer) -> None:
        """Closes it in the background."""
        task = asyncio.create_task(close_producer(producer, ABANDON_S))
        self._abandoned.add(task)
        task.add_done_callback(self._abandoned.discard)


class CommandLog:
    """Submits commands. Their partition is their journey's, by our own rule, the same as in [events]."""

    def __init__(
        self, log: RawLog, topics: Topics, *, partitions: int = PARTITIONS, epoch: int = 0, codec: Codec | None = None
    ) -> None:
        self._log = log
        self._topic = topics.commands
        self._partitions = partitions
        self._epoch = epoch
        self._codec = codec or default_codec()

    async def submit(self, meta: CommandMeta, command: Command) -> Position:
        """Where the command stands in [commands]. Submitting again with the same id is always safe.

        Raises as `RawLog.append`.
        """
        position = await self._log.append(
            self._topic,
            meta.journey.encode(),
            self._codec.encode_command(meta, command),
            command_headers(command.TOPIC, meta),
            partition=partition_of(meta.journey, self._partitions),
        )
        return position._replace(epoch=self._epoch)

    async def submit_many(self, commands: Sequence[tuple[CommandMeta, Command]]) -> list[Position]:
        """All at once, in no order among each other. Raises the first failure after all have ended: each may or may
        not be written then."""
        results = await asyncio.gather(*(self.submit(*one) for one in commands), return_exceptions=True)
        positions: list[Position] = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            positions.append(result)
        return positions
