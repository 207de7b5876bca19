"""Rules of contracts that are worth a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.contract.parts import Reach, Signer, SignerRole

MAX_SIGNERS: Final = 20
"""Who makes one contract of more people makes several."""

MAX_DEADLINE: Final = timedelta(days=365)

MAX_ATTEMPTS: Final = 1000
"""Claims of one contract, each kept: with the least wait of a second, hours of a provider that always says no."""

CHECK_EVERY: Final = timedelta(days=1)
"""How often the document is looked at when no webhook comes. A provider gives an endpoint up that was away for long,
and then tells nothing more; each look may cost, so that once a day is enough."""

AFTER_DEADLINE: Final = timedelta(minutes=1)
"""When the document is looked at after its deadline: the provider's clock may be behind ours."""


FAULTS: Final = {
    "nobody_signs": "signers: somebody has to sign",
    "too_many_signers": f"signers: at most {MAX_SIGNERS}",
    "signer_twice": "signers: each line of the template has one",
    "channel_reaches_one": "signers: the channel reaches the lead, and nobody else",
    "deadline_passed": "deadline_at: it is over",
    "deadline_too_far": f"deadline_at: at most {MAX_DEADLINE.days} days from now",
}
"""What is wrong, by its code: for whoever has to mend it."""


def signers_fault(signers: Sequence[Signer]) -> str | None:
    """The code of what is wrong with them; None: nothing."""
    if not any(each.role is SignerRole.SIGN for each in signers):
        return "nobody_signs"
    if len(signers) > MAX_SIGNERS:
        return "too_many_signers"
    if len({each.signer for each in signers}) < len(signers):
        return "signer_twice"
    if sum(each.reach is Reach.CHANNEL for each in signers) > 1:
        return "channel_reaches_one"  # the lead
    return None


def deadline_fault(deadline: datetime | None, now: datetime) -> str | None:
    """As `signers_fault`."""
    if deadline is None:
        return None
    if deadline <= now:
        return "deadline_passed"
    return "deadline_too_far" if deadline > now + MAX_DEADLINE else None


def next_look(now: datetime, deadline: datetime | None) -> datetime:
    """When the document is looked at by itself: within a day, and right after its deadline."""
    by_itself = now + CHECK_EVERY
    if deadline is None:
        return by_itself
    return min(by_itself, max(now + AFTER_DEADLINE, deadline + AFTER_DEADLINE))
