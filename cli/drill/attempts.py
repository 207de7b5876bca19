"""What the log says of calls to providers: every chunk that was attempted, and which were settled when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cli.status.walk import walk
from domain.conversation import events as c
from eventlog.model import Anchor, Commit
from projections.run import Source

WALK_S: Final = 600.0
SETTLING: Final = (c.ChunkSent, c.ChunkFailed, c.ChunkOutcomeUnknown)


@dataclass(slots=True)
class Attempts:
    """Split at a place of the log (partition → next offset). after: chunks attempted there or later, with their
    positions. settled: chunks that had their end before."""

    at: Mapping[int, int]
    after: list[tuple[int, int, str]] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)

    def see(self, commit: Commit) -> None:
        later = commit.first_offset >= self.at[commit.partition]
        for place, recorded in enumerate(commit.events):
            event = recorded.event
            if isinstance(event, c.ChunkAttempted) and later:
                self.after.append((commit.partition, commit.first_offset + place, event.chunk))
            elif isinstance(event, SETTLING) and not later:
                self.settled.add(event.chunk)

    def until(self, ends: Mapping[int, int]) -> int:
        """How many were attempted after the place and before these ends."""
        return sum(offset < ends[partition] for partition, offset, _ in self.after)

    @property
    def again(self) -> int:
        """How many were attempted after the place although they had their end before it."""
        return sum(chunk in self.settled for _, _, chunk in self.after)


async def attempts(source: Source, at: Mapping[int, Anchor]) -> Attempts:
    """Reads the whole log. Raises Unavailable, Corrupt."""
    found = Attempts({partition: anchor.next_offset for partition, anchor in at.items()})
    await walk(source, source.genesis(), within_s=WALK_S, each=found.see)
    return found
