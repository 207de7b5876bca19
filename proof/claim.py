"""A claim: what it says, how often it is tried, and the play that tries it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proof.tally import Tally

CONTROL_S: Final = 30.0
"""The longest that anything takes on a running stack (a lease, a lost attempt)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One leg of a claim.

    rounds: how often to do the harm. seed: of this leg; the same gives the same choices (not the same races). control:
    play with the claim's seeded bug instead; the tally must then show faults. folder: empty, entered by other accounts
    (PostgreSQL of a root user), removed after the leg.
    """

    rounds: int
    seed: str
    control: bool
    folder: Path

    def patience(self, seconds: float) -> float:
        """How long to wait for what does not come. A control need not be as sure that it never does."""
        return min(seconds, CONTROL_S) if self.control else seconds

    def equally(self, points: Sequence[str]) -> list[str]:
        """One for each round: all of them equally often, in an order of its own."""
        chosen = [points[n % len(points)] for n in range(self.rounds)]
        self.rng("points").shuffle(chosen)
        return chosen

    def rng(self, name: str = "") -> random.Random:
        """One for each use, so that a use more does not change the others."""
        return random.Random(f"{self.seed}/{name}")


Play = Callable[[Stage], Awaitable[Tally]]


@dataclass(frozen=True, slots=True)
class Claim:
    """id: of the scoreboard. unit: what one of n is, in the plural.

    rounds: of a full run, in legs of `leg` rounds, each with servers of its own: what was cut off goes on at the leg
    that was not finished. quick: rounds of the run in CI, in one leg; 0: left out there. control_rounds: of the
    control, one leg, in the same units. bug: the control's seeded bug in one sentence. slow_control: a quick run leaves
    it out. alone: left out of a run of all claims (it lasts too long) unless it is named.
    """

    id: str
    says: str
    unit: str
    rounds: int
    leg: int
    quick: int
    control_rounds: int
    bug: str
    play: Play
    slow_control: bool = False
    alone: bool = False
