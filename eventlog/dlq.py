"""Dead letters: one contract for every processor. What cannot be handled goes here with its reason, others go on.

[dlq] also holds what people did about them (`Resent`): both ends of a letter stand in one order, and nothing of it is
ever changed. `eventlog.dead_letters` reads it.
"""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from dataclasses import asdict, dataclass
from typing import Final

import orjson

from domain.kernel.errors import Unavailable
from domain.kernel.ids import derived
from eventlog.chain import Headers
from eventlog.cloudevents import SOURCE
from eventlog.model import Position
from eventlog.producer import RawLog
from eventlog.topics import Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that its processor cannot handle, now or later.

    processor: whose it was (`normalise`, `writer`, …). code, detail: why; the error's own, free of personal data.
    topic, partition, offset: where the record stands. key, headers: its own. body: sealed bytes; None with a
    reference, or where the source topic still holds it. run: of the body, in which it died.
    """

    processor: str
    code: str
    detail: str
    topic: str
    partition: int
    offset: int
    key: bytes = b""
    headers: Headers = ()
    body: bytes | None = None
    reference: str | None = None
    run: int = 0

    @property
    def id(self) -> str:
        """The same for the same record, run and processor: a letter that is sent again can be told."""
        place = (self.processor, self.topic, self.partition, self.offset)
        return derived("dead-letter", *place, *((self.run,) if self.run else ()))

    def value(self) -> bytes:
        """JSON. Bytes are base64."""
        return orjson.dumps(
            {
                "id": self.id,
                "processor": self.processor,
                "code": self.code,
                "detail": self.detail,
                "source": {"topic": self.topic, "partition": self.partition, "offset": self.offset},
                "key": _text(self.key),
                "headers": [[name, _text(value)] for name, value in self.headers],
                "body": None if self.body is None else _text(self.body),
                "reference": self.reference,
                "run": self.run,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resent:
    """Somebody had a letter's body run again: a new record of [ingress] stands for it.

    letter: its id. edited: the body was replaced before. by: the account that asked. run, partition, offset: of the
    new record. Written after that record: who finds none of these asks again, and the run's ids make it one.
    """

    letter: str
    edited: bool
    by: str
    run: int
    partition: int
    offset: int

    def value(self) -> bytes:
        """JSON."""
        return orjson.dumps(asdict(self))


TYPE: Final = "ce_type"
DEAD: Final = b"legion.DeadLetter"
RESENT: Final = b"legion.DeadLetterResent"


def _text(value: bytes) -> str:
    return b64encode(value).decode()


class Dlq:
    """Sends dead letters to the topic."""

    def __init__(self, log: RawLog, topics: Topics) -> None:
        self._log = log
        self._topic = topics.dlq

    async def send(self, letter: DeadLetter) -> Position:
        """Raises as `RawLog.append`: the processor may acknowledge its record only after this returned."""
        return await self._append(letter.id, DEAD, letter.processor, letter.value())

    async def resent(self, resent: Resent) -> Position:
        """Says what was done about a letter. Raises as `RawLog.append`."""
        id_ = derived("resent", resent.letter, resent.partition, resent.offset)
        return await self._append(id_, RESENT, resent.letter, resent.value())

    async def _append(self, id_: str, type_: bytes, subject: str, value: bytes) -> Position:
        headers: Headers = (
            ("ce_specversion", b"1.0"),
            ("ce_id", id_.encode()),
            (TYPE, type_),
            ("ce_source", SOURCE),
            ("ce_subject", subject.encode()),
            ("content-type", b"application/json"),
        )
        return await self._log.append(self._topic, subject.encode(), value, headers)


WINDOW_S: Final = 60.0
MIN_LETTERS: Final = 20
"""Below this the share says nothing: two bad bodies in a quiet minute are no outage."""

MAX_SHARE: Final = 0.5
"""More dead than alive is not poison in the input, it is a fault of ours: stop before all of it is in the DLQ."""


class DlqRateLimit:
    """Core: counts outcomes in a sliding window and trips when too large a share of them is dead."""

    def __init__(
        self, *, window_s: float = WINDOW_S, min_letters: int = MIN_LETTERS, max_share: float = MAX_SHARE
    ) -> None:
        self._window_s = window_s
        self._min_letters = min_letters
        self._max_share = max_share
        self._outcomes: deque[tuple[float, int, int]] = deque()  # (time, handled, dead) of one second each
        self._handled = 0
        self._dead = 0

    def handled(self, now: float, count: int = 1) -> None:
        """now: seconds of any monotonic clock."""
        self._add(now, count, 0)

    def dead(self, now: float) -> None:
        """Call before sending the letter. Raises Unavailable (`dlq_limit`): stop, alarm, acknowledge nothing more."""
        self._add(now, 0, 1)
        total = self._handled + self._dead
        if self._dead >= self._min_letters and self._dead > self._max_share * total:
            raise Unavailable("dlq_limit", f"{self._dead} of {total} in {self._window_s:g} s")

    def _add(self, now: float, handled: int, dead: int) -> None:
        while self._outcomes and self._outcomes[0][0] <= now - self._window_s:
            _, old_handled, old_dead = self._outcomes.popleft()
            self._handled -= old_handled
            self._dead -= old_dead
        if self._outcomes and now - self._outcomes[-1][0] < 1.0:  # bounded: one entry a second
            at, before_handled, before_dead = self._outcomes.pop()
            self._outcomes.append((at, before_handled + handled, before_dead + dead))
        else:
            self._outcomes.append((now, handled, dead))
        self._handled += handled
        self._dead += dead
