"""What the writer's core asks its shell to do. Each names what comes back and under which token or generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eventlog.model import Outgoing

POSITION_ONLY: Final = 0
"""Token of a query for nothing but the journal's position."""


@dataclass(frozen=True, slots=True)
class Load:
    """Ask the journal, again until it answers: `core.loaded(token, …)`. Nothing asked for: only its position."""

    token: int
    streams: tuple[tuple[str, str], ...]
    command_ids: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Send:
    """Write these records as one batch: `core.acknowledged(token, first offset)` or `core.send_failed(token, …)`.

    first_offset: that the log must give the first record. Sends of one generation go out in this order.
    """

    token: int
    generation: int
    first_offset: int
    records: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Resync:
    """Throw producer and everything under way of earlier generations away; prove ownership by a group offset commit
    of (offset, mark), fenced → stop; feed [events] from `core.verified_to` to its end to `core.verified`; then
    `core.synced`. reason: for logs and metrics."""

    generation: int
    reason: str
    offset: int
    mark: str


@dataclass(frozen=True, slots=True)
class Consume:
    """Give `core.commands(feed, …)` the records of [commands] from this offset on, while `core.wants` some."""

    feed: int
    offset: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A group offset commit of (offset, mark). token: tell `core.marked(token)` when it stands; None: best effort."""

    offset: int
    mark: str
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The partition must not go on. corrupt: alarm, a restart does not help; else a restart begins anew."""

    code: str
    detail: str
    corrupt: bool


Action = Load | Send | Resync | Consume | Commit | Stop
