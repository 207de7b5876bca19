"""What the log already holds, or will when the acknowledgement comes, and the journal does not yet.

A stream loaded from the journal can be older than the writer's own commits: its events would get a right `prev` and a
wrong version, which the chain does not catch (facts of the chain's trial). So everything accepted beyond the
journal's position is laid over what is loaded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from domain.kernel.event import Event
from eventlog.model import Commit

OBJECT_BYTES: Final = 1024
"""Of Python objects that one decoded event keeps alive, beside its bytes in the log; measured with sample events."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit. first_offset: of its first record in [events]. events: none for a refusal or an unreadable one.

    unreadable: its bodies could not be decoded; the journal quarantines its journey. size: estimated bytes.
    """

    first_offset: int
    journey: str
    command_id: str | None
    at: datetime | None
    events: tuple[Event, ...]
    unreadable: bool
    size: int

    @classmethod
    def of(cls, commit: Commit) -> Self:
        """Of a commit read from the log."""
        events = tuple(recorded.event for recorded in commit.events)
        single = commit.refusal or commit.closed
        return cls(
            commit.first_offset,
            commit.journey,
            commit.command_id,
            single.at if single else events[0].timestamp if events else None,
            events,
            commit.undecodable is not None,
            commit.size + OBJECT_BYTES * len(commit.records),
        )


@dataclass(slots=True)
class _Tail:
    """The entries of one journey, and their command ids."""

    entries: deque[Entry] = field(default_factory=deque)
    ids: set[str | None] = field(default_factory=set)


class Overlay:
    """Entries in the order of the log, found by journey. base: everything before it was trimmed. size: bytes."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.size = 0
        self._entries: deque[Entry] = deque()
        self._journeys: dict[str, _Tail] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        tail = self._journeys.get(entry.journey)
        if tail is None:
            tail = self._journeys[entry.journey] = _Tail()
        tail.entries.append(entry)
        tail.ids.add(entry.command_id)
        self._entries.append(entry)
        self.size += entry.size

    def trim(self, position: int) -> None:
        """The journal holds everything before this offset."""
        while self._entries and self._entries[0].first_offset < position:
            entry = self._entries.popleft()
            self._journeys[entry.journey].entries.popleft()
            self._forget(entry)
        self.base = max(self.base, position)

    def discard_from(self, offset: int) -> None:
        """Drops what was only hoped for: entries from this offset on."""
        while self._entries and self._entries[-1].first_offset >= offset:
            entry = self._entries.pop()
            self._journeys[entry.journey].entries.pop()
            self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        self.size -= entry.size
        tail = self._journeys[entry.journey]
        tail.ids.discard(entry.command_id)
        if not tail.entries:
            del self._journeys[entry.journey]

    def knows(self, journey: str, command_id: str) -> bool:
        tail = self._journeys.get(journey)
        return tail is not None and command_id in tail.ids

    def last_at(self, journey: str) -> datetime | None:
        """The time of the journey's last commit here."""
        tail = self._journeys.get(journey)
        if tail is None:
            return None
        return next((entry.at for entry in reversed(tail.entries) if entry.at is not None), None)

    def quarantines(self, journey: str) -> bool:
        tail = self._journeys.get(journey)
        return tail is not None and any(entry.unreadable for entry in tail.entries)

    def events(self, journey: str, stream: str, position: int) -> Iterator[Event]:
        """The stream's events from this offset of [events] on, in order."""
        tail = self._journeys.get(journey)
        for entry in tail.entries if tail else ():
            if entry.first_offset >= position:
                yield from (event for event in entry.events if event.originator_id == stream)
