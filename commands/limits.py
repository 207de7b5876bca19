"""The writer's bounds, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """batch: commands taken and loaded for at once; ~5 ms of deciding, so that the loop stays answerable.

    loads: batches whose journal query may be under way or waiting: the next is loaded while this one is decided.
    in_flight: sends not yet acknowledged; three hide the broker's round trip, more only lengthen a discard.
    memory: bytes of overlay and cached streams of one partition (design §3). deaths: of the writer's process at one
    command before that command is refused.
    """

    batch: int = 200
    loads: int = 2
    in_flight: int = 3
    memory: int = 64 * MIB
    deaths: int = 3

    @property
    def reach(self) -> int:
        """Commands that a writer may have touched beyond the last one in the log: all that may have killed it."""
        return self.batch * (self.loads + self.in_flight)
