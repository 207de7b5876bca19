"""What stands in [dlq], read: the letters of the last 14 days, and what was done about each.

`Letters` is the core (records in, state out); `read_letters` reads the topic once from its beginning to its end.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from domain.kernel.errors import NotFound, Unavailable
from eventlog.chain import Headers
from eventlog.closing import close_consumer
from eventlog.consumer import REQUEST_MS, log_record
from eventlog.dlq import RESENT, TYPE, Resent
from eventlog.model import LogRecord

POLL_MS: Final = 1_000
BATCH: Final = 2_000

RUNNABLE: Final = frozenset({"normalise"})
"""Processors whose letters are about a body in [ingress]: they can be run again. The edge's own are about what never
came in (too large, not unpackable, strangers): there is nothing to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter. offset, at_ms: its own in [dlq]. topic, partition, source_offset: of the record that it is about,
    whose key and headers it has. run: of the body, in which it died. The rest as `eventlog.dlq.DeadLetter`."""

    offset: int
    at_ms: int
    id: str
    processor: str
    code: str
    detail: str
    topic: str
    partition: int
    source_offset: int
    key: bytes
    headers: Headers
    run: int

    @property
    def runnable(self) -> bool:
        return self.processor in RUNNABLE


@dataclass(slots=True)
class Letters:
    """The fold. Records come in the order of the topic; `forget` drops what has aged out."""

    _letters: dict[int, Letter] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _resent: dict[str, list[Resent]] = field(default_factory=dict)

    def feed(self, records: Iterable[LogRecord]) -> None:
        for record in records:
            value = orjson.loads(record.value)
            if (TYPE, RESENT) in record.headers:
                resent = Resent(**value)
                self._resent.setdefault(resent.letter, []).append(resent)
            else:
                letter = _letter(record, value)
                self._letters[letter.offset] = letter
                self._first.setdefault(letter.id, letter.offset)

    def forget(self, before: int) -> None:
        """Letters before this offset are no longer in the topic."""
        for offset in [offset for offset in self._letters if offset < before]:
            letter = self._letters.pop(offset)
            if self._first.get(letter.id) == offset:
                del self._first[letter.id]
                self._resent.pop(letter.id, None)

    def all(self) -> Sequence[Letter]:
        """The eldest first; one that was sent again (a processor died between letter and acknowledgement) once."""
        return [self._letters[offset] for offset in sorted(self._first.values())]

    def at(self, offset: int) -> Letter:
        """Raises NotFound `no_such_letter`."""
        found = self._letters.get(offset)
        if found is None:
            raise NotFound("no_such_letter", f"[dlq] holds no letter at {offset}")
        return found

    def resent(self, letter: Letter) -> Sequence[Resent]:
        """What was done about it, the eldest first."""
        return self._resent.get(letter.id, ())

    def waiting(self, code: str | None = None) -> list[Letter]:
        """Those that can be run again and were not yet, the eldest first. code: only these."""
        return [
            letter
            for letter in self.all()
            if letter.runnable and not self.resent(letter) and code in (None, letter.code)
        ]

    def reasons(self) -> Counter[str]:
        """Code → how many wait."""
        return Counter(letter.code for letter in self.waiting())


def _letter(record: LogRecord, value: dict[str, Any]) -> Letter:
    source = value["source"]
    return Letter(
        offset=record.offset,
        at_ms=record.timestamp_ms,
        id=value["id"],
        processor=value["processor"],
        code=value["code"],
        detail=value["detail"],
        topic=source["topic"],
        partition=source["partition"],
        source_offset=source["offset"],
        key=b64decode(value["key"]),
        headers=tuple((name, b64decode(text)) for name, text in value["headers"]),
        run=value.get("run", 0),
    )


class LetterLog:
    """[dlq] followed. `async with letter_log(…) as log`; `await log.catch_up()` as often as one likes."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self.letters = Letters()
        self._consumer = consumer
        self._place = TopicPartition(topic, 0)  # it has one partition (eventlog/topics.py)

    async def catch_up(self) -> Letters:
        """Reads up to the end that the topic has now. Raises Unavailable."""
        place = self._place
        try:
            begin = (await self._consumer.beginning_offsets([place]))[place]
            end = (await self._consumer.end_offsets([place]))[place]
            if await self._consumer.position(place) < begin:
                self._consumer.seek(place, begin)
            while await self._consumer.position(place) < end:
                for records in (await self._consumer.getmany(place, timeout_ms=POLL_MS)).values():
                    self.letters.feed(map(log_record, records))
        except KafkaError as error:
            raise Unavailable("kafka_unavailable", type(error).__name__) from error
        self.letters.forget(begin)
        return self.letters


@asynccontextmanager
async def letter_log(bootstrap: str, topic: str) -> AsyncIterator[LetterLog]:
    """Raises Unavailable when the broker is away."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=BATCH,
        request_timeout_ms=REQUEST_MS,
    )
    try:
        try:
            await consumer.start()
            place = TopicPartition(topic, 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
        except KafkaError as error:
            raise Unavailable("kafka_unavailable", type(error).__name__) from error
        yield LetterLog(consumer, topic)
    finally:
        await close_consumer(consumer)


async def read_letters(bootstrap: str, topic: str) -> Letters:
    """All that stands there now. Raises Unavailable."""
    async with letter_log(bootstrap, topic) as log:
        return await log.catch_up()
