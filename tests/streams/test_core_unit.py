"""What a runner decides: slots, leases, back-off, giving up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effect.kinds import KINDS, EffectKind
from streams.backoff import backoff
from streams.runner import core
from streams.runner.core import Again, Done, Hopeless, Refusal

ZERO = timedelta(0)


def test_a_done_effect_frees_its_lease_at_once() -> None:
    assert core.after(Done(), tries=3, refusals=2, jitter=0.5) == core.Next(ZERO)


def test_the_fifth_refusal_in_a_row_abandons() -> None:
    steps = [core.after(Refusal("stale_turn"), tries=n, refusals=n, jitter=0) for n in range(5)]
    assert [step.abandon for step in steps] == [None, None, None, None, "stale_turn"]
    assert all(step.refused for step in steps)
    holds = [step.hold for step in steps]
    assert holds == sorted(holds)
    assert holds[0] > ZERO


def test_what_no_time_will_help_is_abandoned_at_once() -> None:
    assert core.after(Hopeless("body_gone"), tries=0, refusals=0, jitter=0).abandon == "body_gone"


@given(st.integers(0, 1000), st.integers(0, 4), st.floats(0, 1))
def test_a_part_that_is_away_never_abandons(tries: int, refusals: int, jitter: float) -> None:
    step = core.after(Again("kafka_unavailable"), tries=tries, refusals=refusals, jitter=jitter)
    assert step.abandon is None
    assert not step.refused
    assert ZERO < step.hold <= core.MOST_AGAIN


@given(st.lists(st.sampled_from(EffectKind), max_size=200))
def test_no_kind_takes_the_slots_of_another(busy: list[EffectKind]) -> None:
    free = core.free_slots(busy)
    for kind in EffectKind:
        assert free.get(kind, 0) == max(0, core.SLOTS[kind] - busy.count(kind))
    assert all(free.values())


def test_every_kind_has_slots() -> None:
    assert set(core.SLOTS) == set(KINDS)


@pytest.mark.parametrize(
    ("due_in", "expected"),
    [
        (None, core.IDLE_S),
        (timedelta(hours=1), core.IDLE_S),
        (timedelta(seconds=-5), 0.001),
        (timedelta(0.5 / 86400), 0.5),
    ],
)
def test_it_sleeps_until_the_next_is_due_and_at_most_a_second(due_in: timedelta | None, expected: float) -> None:
    assert core.sleep_s(due_in) == pytest.approx(expected)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_backoff_grows_and_stays_within_its_bounds(tries: int, jitter: float) -> None:
    first, most = timedelta(milliseconds=100), timedelta(seconds=5)
    wait = backoff(tries, first=first, most=most, jitter=jitter)
    assert first / 2 <= wait <= most
    assert wait <= backoff(tries + 1, first=first, most=most, jitter=1)
