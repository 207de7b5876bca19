"""Positions: a batch is written only where it continues, by the generation that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eventlog.model import Anchor, Commit
from projections import positions
from proof.simulation.mutants import mutant

Follows = Callable[[Anchor, Commit], bool]
Continued = Callable[..., dict[int, Anchor]]


@mutant(positions, "follows")
def writes_where_it_does_not_continue(_real: Follows) -> Follows:
    """A zombie's batch, written before by another, is applied again."""
    return lambda _anchor, _commit: True


@mutant(positions, "follows")
def goes_by_the_end_alone(_real: Follows) -> Follows:
    """Whatever lies not wholly behind is taken: a batch that overlaps counts twice."""
    return lambda anchor, commit: commit.next_offset >= anchor.next_offset


@mutant(positions, "continued")
def writes_after_the_fence(real: Continued) -> Continued:
    """A generation that was fenced goes on changing."""

    def continued(*args: Any, generation: int, **_state: str) -> dict[int, Anchor]:
        return real(*args, generation=generation, state="")

    return continued
