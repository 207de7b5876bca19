"""The cores under histories of faults."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings

from proof.simulation import run
from proof.simulation.histories import PROFILES, explore, histories
from proof.simulation.script import Step, play
from proof.simulation.world import STEPS


@given(histories())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_promise_holds_whatever_happens(steps: list[Step]) -> None:
    """Other histories at each run."""
    play(steps)


def test_no_history_of_a_seed_breaks_a_promise() -> None:
    """And everything that can happen did."""
    happened: Counter[str] = Counter()
    for profile in PROFILES:
        tally, broken = explore(30, 20261128, profiles=[profile])
        assert broken is None, broken
        assert tally.histories >= 30
        happened += tally.steps
    missing = set(STEPS) - set(happened)
    assert len(missing) <= 5, missing


def test_the_figures_say_what_was_done() -> None:
    figures = run(3, 3, control=False)
    assert figures["n"] >= 3
    assert figures["commands"] > 0
    assert figures["failed"] is None


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_history_of_ten_thousand_breaks_a_promise() -> None:
    tally, broken = explore(10_000, 7)
    assert broken is None, broken
    assert tally.histories >= 10_000
