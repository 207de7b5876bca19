"""A journey's life up to some event: its streams' states, and what the person last said, still sealed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Final, Self

from domain import routing as _routing  # noqa: F401  completes the registry of aggregates
from domain.kernel.errors import InvalidInput
from domain.kernel.event import Event
from domain.kernel.stream import Stream
from domain.lead.events import AliasLinked
from eventlog.model import Position, Recorded
from eventlog.shapes import Field, Optional, Record, SealedBytes, Sequence, Shape, fields_of

LAST_VERSION: Final = 2**31 - 1
"""A journey of more events than this would be another kind of thing."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A moment of a journey: after its first `version` events, or with all events up to and at `at`, or (neither) now.

    A version beyond the end is the end.
    """

    version: int | None = None
    at: datetime | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """`12` is a version, `now` is now, all else is RFC 3339 (UTC where it does not say). Raises InvalidInput."""
        if text == "now":
            return cls()
        try:
            if text.isascii() and text.isdigit():
                return cls(version=min(int(text), LAST_VERSION))
            return cls.moment(datetime.fromisoformat(text))
        except ValueError:
            raise InvalidInput("moment_invalid", "expected a version, a time as of RFC 3339, or `now`") from None

    @classmethod
    def moment(cls, at: datetime) -> Self:
        """As of `at`; naive is UTC. Raises InvalidInput for a time that UTC's calendar does not have."""
        try:
            return cls(at=at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
        except OverflowError:
            raise InvalidInput("moment_invalid", "no such time") from None


BEGINNING: Final = Position(0, 0, -1)
"""Before any event."""


@dataclass(slots=True)
class Life:
    """version: how many events; position, at: of the last one.

    said: stream → the latest event of each kind that holds something of or by the person, still sealed; of aliases the
    latest of each scheme (`AliasLinked[phone]`).
    """

    journey: str
    version: int = 0
    position: Position = BEGINNING
    at: datetime | None = None
    streams: dict[str, Stream] = field(default_factory=dict)
    said: dict[str, dict[str, Event]] = field(default_factory=dict)

    def take(self, position: Position, recorded: Recorded) -> None:
        """The next event of the journey."""
        event = recorded.event
        name = recorded.stream
        stream = self.streams.get(name)
        if stream is None:
            stream = self.streams[name] = Stream.of(name)
        event.mutate(stream)
        kind: type = type(event)
        if personal_fields(kind):
            which = f"[{event.scheme}]" if isinstance(event, AliasLinked) else ""
            self.said.setdefault(name, {})[event.TOPIC + which] = event
        self.version += 1
        self.position = position
        self.at = recorded.at


@cache
def personal_fields(event: type) -> tuple[Field, ...]:
    """The event's fields that hold something sealed."""
    return tuple(field for field in fields_of(event) if _holds_sealed(field.shape))


def _holds_sealed(shape: Shape) -> bool:
    match shape:
        case SealedBytes():
            return True
        case Optional(of) | Sequence(of):
            return _holds_sealed(of)
        case Record(cls):
            return any(_holds_sealed(field.shape) for field in fields_of(cls))
    return False
