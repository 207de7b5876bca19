"""The controls: every planted mutant breaks a promise, or the simulator would see nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from proof.simulation.mutants import FAMILIES, Mutant, mutants
from proof.simulation.run import killed_at

SEED = 7


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.title)
def test_a_mutant_is_killed(mutant: Mutant) -> None:
    assert killed_at(mutant, SEED) is not None


def test_each_rule_has_its_mutants_and_each_says_what_breaks() -> None:
    found = mutants()
    assert all(count >= 2 for count in Counter(each.family for each in found).values())
    assert {each.family for each in found} == set(FAMILIES)
    assert all(each.make.__doc__ for each in found)
    assert len({each.title for each in found}) == len(found)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1, 6))
def test_every_mutant_is_killed_by_other_seeds(seed: int) -> None:
    assert [each.title for each in mutants() if killed_at(each, seed) is None] == []
