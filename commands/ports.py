"""What the writer needs of others: the journal's answers and its trusted anchors. Wired by the composition root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.kernel.event import Event
from eventlog.model import Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The journal's answer, all of one moment (one query, one snapshot).

    next_offset: first offset of [events] of that partition that is not yet in the journal.
    events: (journey, stream) → its events in version order; one without events may be absent, and so is one
    of that name in another journey.
    known: of the (journey, command id) asked for, those that were answered before, refusals included.
    last_at: journey → `at` of its last commit, UTC; absent for a journey without one.
    quarantined: of the journeys asked for (by stream or command id), those that accept no commands.
    """

    next_offset: int
    events: Mapping[tuple[str, str], Sequence[Event]] = field(default_factory=dict)
    known: frozenset[tuple[str, str]] = frozenset()
    last_at: Mapping[str, datetime] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()


class JournalPort(Protocol):
    """The journal of the active generation. Implemented in projections/."""

    async def load(
        self,
        partition: int,
        streams: Sequence[tuple[str, str]],
        command_ids: Sequence[tuple[str, str]],
        /,
    ) -> Loaded:
        """streams: (journey, stream). command_ids: (journey, command id). Either may be empty: then only the position.

        Raises Unavailable when the journal is away.
        """
        ...


class AnchorPort(Protocol):
    """Where the writer starts to verify. Implemented over the Postgres projector's positions."""

    async def anchor(self, partition: int, /) -> Anchor | None:
        """The anchor kept with the journal's position, None before the partition's first commit (genesis then).

        Raises Unavailable when the store is away.
        """
        ...
