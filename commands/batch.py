"""Commands taken together (loaded for with one query), and commits that leave together (one Kafka batch)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from commands.actions import Load
from commands.cache import Cache
from commands.intake import Asked
from commands.ports import Loaded
from eventlog.assemble import MAX_COMMIT_BYTES, Built
from eventlog.model import Outgoing, Recorded, Refusal

Body = Recorded | Refusal


@dataclass(slots=True)
class Batch:
    """Commands waiting to be answered, in order. token: of its latest journal query; loaded: that one's answer.

    requested: the streams that the query asked for. queries: how many it took. marked: the crash mark for its first
    command stands (only asked for when one at a time).
    """

    asked: deque[Asked]
    token: int = 0
    loaded: Loaded | None = None
    requested: frozenset[tuple[str, str]] = frozenset()
    queries: int = 0
    marked: bool = False

    def load(self, token: int, cache: Cache) -> Load:
        """The one query for all that is missing. Earlier answers are void."""
        self.token, self.loaded = token, None
        streams = {
            (asked.journey, stream): None
            for asked in self.asked
            if asked.fault is None
            for stream in asked.streams
            if cache.get((asked.journey, stream))
            is None  # a hit is now recently used: it will still be there when it is needed
        }
        ids = {(asked.journey, asked.command_id): None for asked in self.asked}
        self.requested = frozenset(streams)
        self.queries += 1
        return Load(token, tuple(streams), tuple(ids))


@dataclass(slots=True)
class Parcel:
    """Commits of one Kafka batch. head: of the chain after them. size: upper bound of their bytes."""

    first_offset: int
    head: bytes = b""
    records: list[Outgoing] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    size: int = 0

    def fits(self, built: Built) -> bool:
        return self.size + built.size <= MAX_COMMIT_BYTES

    def add(self, built: Built, body: Iterable[Recorded] | Refusal) -> None:
        self.records += built.records
        self.bodies += (body,) if isinstance(body, Refusal) else body
        self.size += built.size
        self.head = built.head


@dataclass(slots=True)
class Sent:
    """A parcel under way. offset: where its acknowledgement says that it lies; None: not acknowledged yet."""

    token: int
    first_offset: int
    records: tuple[Outgoing, ...]
    bodies: tuple[Body, ...]
    head: bytes
    offset: int | None = None
