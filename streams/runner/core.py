"""What a runner decides, without I/O: what it may start, how long a lease is kept, when it gives up.

claim → run → Ended ┬ Done      lease ends at once: the effect's row has changed
                    ├ Refusal   read again after a back-off; the fifth in a row abandons the effect
                    └ Again     not now (a part is away, an outcome is unknown): back-off, no limit
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.effect.kinds import EffectKind
from streams.backoff import backoff

SLOTS: Final[Mapping[EffectKind, int]] = {
    # Slots of its own for each kind: in one queue, a burst of turns once starved the chunks of finished replies.
    EffectKind.RESOLVE: 4,
    EffectKind.CHUNK: 64,  # most of a chunk's time is typing
    EffectKind.REPLY: 32,  # waits for the AI, costs nothing here
    EffectKind.CLOSE_TURN: 16,  # one command each
    EffectKind.RERUN: 2,
    EffectKind.PROVISION: 1,  # makes a schema: one at a time is plenty
    EffectKind.ERASE: 4,
    EffectKind.COMPLETE_ERASURE: 1,
    EffectKind.INVITE: 4,  # connections to the mail server
    EffectKind.FORGET_USER: 1,
    EffectKind.EXTRACT: 16,  # waits for the AI, but replies go first
    EffectKind.BRIEF: 4,
    EffectKind.DORMANCY: 2,
    EffectKind.RESOLVE_CONTRACT: 2,
    EffectKind.CONTRACT: 4,  # rendering is one of two threads; the call takes seconds
    EffectKind.CONTRACT_LINK: 4,
    EffectKind.CHECK_CONTRACT: 4,  # the provider takes 60 calls in a minute of one account
    EffectKind.CANCEL_CONTRACT: 2,
    EffectKind.RESEND_CONTRACT: 2,
    EffectKind.CONVERSION: 256,  # they wait for each other: a batch is one request
    EffectKind.RELEASE: 1,
}
"""How many of a kind one process runs at once."""

PER_COMPANY: Final = 40
"""Live leases of one company over all processes: a big one leaves room for the others. Without conversions, which wait
for each other and have slots enough (projections/sql/claim.sql)."""

LEASE: Final = timedelta(seconds=10)
"""After a runner's death others take its effects over within this; a living one renews."""

IDLE_S: Final = 1.0
"""Longest sleep: a lost wake-up costs at most this."""

REFUSALS: Final = 5
"""In a row: the projector has passed each of them, so that reading again would not help."""

FIRST: Final = timedelta(milliseconds=100)
MOST_REFUSED: Final = timedelta(seconds=5)
MOST_AGAIN: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Done:
    """Its event is in the journal, or the effect is gone."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The log said no to the effect's command. code: the refusal's."""

    code: str


@dataclass(frozen=True, slots=True)
class Again:
    """Not carried out, and nobody is to blame. after: not before, on top of the back-off. why: for the log."""

    why: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Hopeless:
    """Cannot be carried out, now or later. code: why."""

    code: str


Ended = Done | Refusal | Again | Hopeless


@dataclass(frozen=True, slots=True)
class Next:
    """hold: how much longer the lease is kept. refused: counted with the lease. abandon: code, when it is given up."""

    hold: timedelta
    refused: bool = False
    abandon: str | None = None


def after(ended: Ended, *, tries: int, refusals: int, jitter: float) -> Next:
    """tries, refusals: of this version of the effect, before this one. jitter: 0..1."""
    match ended:
        case Done():
            return Next(timedelta(0))
        case Refusal(code):
            hold = backoff(refusals, first=FIRST, most=MOST_REFUSED, jitter=jitter)
            return Next(hold, refused=True, abandon=code if refusals + 1 >= REFUSALS else None)
        case Hopeless(code):
            return Next(MOST_AGAIN, abandon=code)
        case Again(_, later):
            return Next(later + backoff(tries, first=FIRST, most=MOST_AGAIN, jitter=jitter))


def free_slots(busy: Iterable[EffectKind], slots: Mapping[EffectKind, int] = SLOTS) -> dict[EffectKind, int]:
    """How many more of each kind may start. Kinds that are full are absent."""
    taken = Counter(busy)
    return {kind: free for kind, total in slots.items() if (free := total - taken[kind]) > 0}


def sleep_s(due_in: timedelta | None) -> float:
    """Until the next effect is due, at most `IDLE_S`; not less than a millisecond, so that the loop never spins."""
    if due_in is None:
        return IDLE_S
    return min(max(due_in.total_seconds(), 0.001), IDLE_S)
