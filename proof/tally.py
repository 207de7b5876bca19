"""What an oracle counted in one leg of a claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EXAMPLES = 5
"""Faults that a result names; the first ones are as good as all."""


@dataclass(frozen=True, slots=True)
class Tally:
    """n: how often the harm was done (kills, histories, tamperings: the claim's unit).

    lost: acknowledged, and not there. doubled: there, or done, more than once. phantom: there, and never asked for, or
    not what it must be. unresolved: without an end although the harm is long over. facts: figures that explain, added
    up over legs. examples: faults in words, with what is needed to look them up.
    """

    n: int
    lost: int = 0
    doubled: int = 0
    phantom: int = 0
    unresolved: int = 0
    facts: Mapping[str, float] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def faults(self) -> int:
        return self.lost + self.doubled + self.phantom + self.unresolved


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of legs."""
    found = list(tallies)
    facts: dict[str, float] = {}
    for tally in found:
        for name, figure in tally.facts.items():
            facts[name] = facts.get(name, 0) + figure
    return Tally(
        n=sum(tally.n for tally in found),
        lost=sum(tally.lost for tally in found),
        doubled=sum(tally.doubled for tally in found),
        phantom=sum(tally.phantom for tally in found),
        unresolved=sum(tally.unresolved for tally in found),
        facts=facts,
        examples=tuple(example for tally in found for example in tally.examples)[:EXAMPLES],
    )
