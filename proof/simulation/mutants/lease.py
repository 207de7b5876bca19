"""Leases: how long one is kept, and when an effect is given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from proof.simulation.mutants import mutant
from streams.runner import core
from streams.runner.core import Again, Done, Ended, Next, Refusal

After = Callable[..., Next]

LONG = timedelta(days=1)


@mutant(core, "after")
def keeps_the_lease_of_what_is_done(real: After) -> After:
    """A chunk that was given back waits for a lease that nobody holds."""

    def after(ended: Ended, **given: Any) -> Next:
        return replace(real(ended, **given), hold=LONG) if isinstance(ended, Done) else real(ended, **given)

    return after


@mutant(core, "after")
def keeps_the_lease_of_what_was_not_carried_out(real: After) -> After:
    """An unknown outcome is never looked at again."""

    def after(ended: Ended, **given: Any) -> Next:
        return replace(real(ended, **given), hold=LONG) if isinstance(ended, Again) else real(ended, **given)

    return after


@mutant(core, "after")
def gives_up_at_the_first_refusal(real: After) -> After:
    """Two runners met, or a newer message came: an effect that was well is abandoned."""

    def after(ended: Ended, **given: Any) -> Next:
        step = real(ended, **given)
        return replace(step, abandon=ended.code) if isinstance(ended, Refusal) else step

    return after


@mutant(core, "after")
def never_gives_up(real: After) -> After:
    """What can never be done stays open for ever, and no person is asked."""
    return lambda ended, **given: replace(real(ended, **given), abandon=None)
