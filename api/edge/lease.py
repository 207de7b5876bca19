"""What a process may still let through of one window without asking again. Core: times are passed in.

A process counts a batch of hits at once and spends them one by one. They are counted before they are used, so however
many processes there are, together they let through no more than the limit. What a process counted and did not spend
is lost when the window ends: of the limit, at most processes × `batch` hits go unused. And who was refused once stays
refused until the window ends, without a further statement: an attack costs the database nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SHARE: Final = 50
"""A process takes a fiftieth of a limit at once: 2 of 100, so 2 % for each process may go unused."""


@dataclass(frozen=True, slots=True)
class Limit:
    """name: for headers and refusals. amount: hits in a minute."""

    name: str
    amount: int

    @property
    def batch(self) -> int:
        return max(1, self.amount // SHARE)


@dataclass(frozen=True, slots=True)
class Standing:
    """remaining: hits that are left, as this process knows. reset_s: seconds until the window ends."""

    limit: Limit
    allowed: bool
    remaining: int
    reset_s: float


@dataclass(slots=True)
class Lease:
    """One process's part of one caller's window. left: counted and not spent. others: what nobody had counted when
    this process last did. until: when the window ends."""

    limit: Limit
    left: int = 0
    others: int = 0
    until: float = 0.0

    def take(self, now: float) -> Standing | None:
        """Spends one. None: count a batch first, then `counted`."""
        if now >= self.until:
            return None
        if self.left > 0:
            self.left -= 1
            return self._standing(now, allowed=True)
        return None if self.others > 0 else self._standing(now, allowed=False)

    def counted(self, hits: int, amount: int, until: float) -> None:
        """After `take` said None. amount: counted just now. hits: in the window with them; what is beyond the limit is
        not ours to spend."""
        self.left = min(amount, max(0, self.limit.amount - (hits - amount)))
        self.others = max(0, self.limit.amount - hits)
        self.until = until

    def _standing(self, now: float, *, allowed: bool) -> Standing:
        return Standing(self.limit, allowed, self.left + self.others, self.until - now)
