"""Which events of a refused batch are at fault: the batch is halved until a bad one stands alone. Pure, no I/O.

Meta refuses a request as a whole and does not say for which event (providers.md 6). Two savings keep the requests few:
a half after a half that was taken must hold the fault, so it is halved without being asked for; and what was taken is
never sent again. For k bad events of n that makes at most 1 + 2·k·⌈log2 n⌉ requests, and never more than 2·n - 1; on
average about k·log2 n.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Part:
    """left: the first half of a part, its second half lies beneath. suspect: known to hold a bad event."""

    events: range
    left: bool = False
    suspect: bool = False


class Bisection(Generic[R]):
    """Of n events, numbered from 0. Ask `next` what to send, then say `took` or `refused`; stop whenever you like: what
    has no outcome is `left`. R: what a refusal is."""

    def __init__(self, count: int) -> None:
        self.accepted: list[int] = []
        self.reasons: dict[int, R] = {}
        # The part that is asked for lies on top.
        self._parts = [_Part(range(count))] if count else []

    @property
    def left(self) -> list[int]:
        """Without an outcome, in order."""
        return sorted(number for part in self._parts for number in part.events)

    def next(self) -> range | None:
        """What to send now; None when every event has its outcome."""
        while self._parts and self._parts[-1].suspect and len(self._parts[-1].events) > 1:
            self._halve()
        return self._parts[-1].events if self._parts else None

    def took(self) -> None:
        """All of what `next` named were taken."""
        part = self._parts.pop()
        self.accepted.extend(part.events)
        if part.left:
            self._parts[-1] = replace(self._parts[-1], suspect=True)

    def refused(self, why: R) -> None:
        """Not one of what `next` named was taken, for the sake of one or more of them."""
        if len(self._parts[-1].events) > 1:
            self._halve()
            return
        part = self._parts.pop()
        self.reasons[part.events.start] = why

    def _halve(self) -> None:
        events = self._parts.pop().events
        middle = len(events) // 2
        self._parts += [_Part(events[middle:]), _Part(events[:middle], left=True)]
