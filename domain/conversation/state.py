"""What a conversation's state is made of. Everything here is bounded."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.conversation.parts import CancelReason

MEMORY_US: Final = 15 * 86_400_000_000
"""15 days: one more than [ingress] keeps a body, so that no re-run can bring back what was forgotten."""

MAX_REMEMBERED: Final = 10_000
"""Provider ids of one direction. About 1 MB; a person writes a few thousand messages in 15 days, a flood more."""

MAX_UNANSWERED: Final = 200
"""Messages one reply answers. The oldest of a flood are left out; they stay on the timeline."""

MAX_PARKED: Final = 100
"""Messages of ours whose receipts came first. Usually none or one; the rest are of messages that were never ours."""

MAX_UNKNOWN: Final = 20
"""Claims of unknown outcome that a late success can still make sent. Each has asked for a human already."""


@dataclass(slots=True)
class Memory:
    """Provider ids of the last 15 days, oldest first; what is known of each: the status of its last receipt, if any."""

    ids: OrderedDict[str, tuple[int, str | None]] = field(default_factory=OrderedDict)

    def add(self, id_: str, at_us: int) -> None:
        """Also forgets what is too old or too much: each id is forgotten once, so this is O(1) over time."""
        while self.ids and next(iter(self.ids.values()))[0] < at_us - MEMORY_US:
            self.ids.popitem(last=False)
        self.ids.setdefault(id_, (at_us, None))
        if len(self.ids) > MAX_REMEMBERED:
            self.ids.popitem(last=False)

    def has(self, id_: str, at_us: int) -> bool:
        known = self.ids.get(id_)
        return known is not None and known[0] >= at_us - MEMORY_US

    def status(self, id_: str) -> str | None:
        known = self.ids.get(id_)
        return known[1] if known else None

    def note(self, id_: str, status: str) -> None:
        known = self.ids.get(id_)
        if known is not None:
            self.ids[id_] = (known[0], status)


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk without its words."""

    chunk: str
    tag: str


@dataclass(slots=True)
class Reply:
    """The reply in the making, then being sent. messages: what it answers. pending: chunks nobody has attempted.
    notice: it answers nothing (notice.py)."""

    reply: str
    turn: str
    messages: tuple[str, ...]
    centurion: str
    centurion_version: int
    made: bool = False
    pending: deque[Piece] = field(default_factory=deque)
    sent: int = 0
    notice: bool = False

    @property
    def stoppable(self) -> bool:
        """Something of it can still be kept from being sent, for a better answer."""
        return not self.notice and (not self.made or bool(self.pending))


@dataclass(slots=True)
class Attempt:
    """A chunk that somebody may have called the provider for. cancelled: why its reply is over, if it is."""

    piece: Piece
    claim: str
    reply: str
    cancelled: CancelReason | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages that came while a reply could not be stopped any more: times of the first and the last."""

    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A receipt of a message that we do not know yet."""

    status: str
    provider_at: datetime | None
    code: str | None
