"""Whose fault a refused batch is: for every batch and every set of bad events, with few requests."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateways.meta.bisection import Bisection


def run(count: int, bad: set[int]) -> tuple[Bisection[str], list[range]]:
    """A server that refuses whatever holds a bad one."""
    search: Bisection[str] = Bisection(count)
    asked: list[range] = []
    while (part := search.next()) is not None:
        asked.append(part)
        assert len(part) > 0
        if bad.isdisjoint(part):
            search.took()
        else:
            search.refused(f"no {part.start}")
    return search, asked


def most(count: int, bad: int) -> int:
    """Requests, as bisection.py promises."""
    return min(2 * count - 1, 1 + 2 * bad * math.ceil(math.log2(count))) if count > 1 else count


@st.composite
def batches(draw: st.DrawFn) -> tuple[int, set[int]]:
    count = draw(st.integers(0, 300))
    return count, draw(st.sets(st.integers(0, count - 1), max_size=count)) if count else set()


@given(batches())
@example((1000, set()))
@example((1000, {0}))
@example((1000, {999}))
@example((1000, set(range(1000))))
@example((1000, set(range(0, 1000, 2))))
@settings(max_examples=300)
def test_every_event_gets_its_own_outcome_with_few_requests(batch: tuple[int, set[int]]) -> None:
    count, bad = batch
    search, asked = run(count, bad)
    assert search.reasons == {number: f"no {number}" for number in bad}, "each asked for alone, with its own reason"
    assert sorted(search.accepted) == sorted(set(range(count)) - bad)
    assert search.left == []
    assert len(asked) <= most(count, len(bad))
    taken = [number for part in asked if bad.isdisjoint(part) for number in part]
    assert len(taken) == len(set(taken)), "what was taken is never sent again"


@given(batches(), st.integers(0, 40))
def test_stopped_anywhere_what_has_no_outcome_is_left(batch: tuple[int, set[int]], steps: int) -> None:
    count, bad = batch
    search: Bisection[str] = Bisection(count)
    for _ in range(steps):
        if (part := search.next()) is None:
            break
        if bad.isdisjoint(part):
            search.took()
        else:
            search.refused("no")
    assert sorted([*search.accepted, *search.reasons, *search.left]) == list(range(count))
    assert bad.isdisjoint(search.accepted)
    assert set(search.reasons) <= bad


@given(st.integers(1, 200), st.data())
def test_a_server_that_changes_its_mind_ends_it_all_the_same(count: int, data: st.DataObject) -> None:
    search: Bisection[str] = Bisection(count)
    for _ in range(4 * count):
        if search.next() is None:
            break
        if data.draw(st.booleans()):
            search.took()
        else:
            search.refused("no")
    assert search.next() is None
    assert sorted([*search.accepted, *search.reasons]) == list(range(count))


@pytest.mark.parametrize(("bad", "least", "most_"), [(1, 11, 21), (10, 60, 160)])
def test_one_by_one_would_be_many_more(bad: int, least: int, most_: int) -> None:
    """The control: without halving, a batch of 1,000 costs 1,000 requests."""
    places = {(number * 7919 + 13) % 1000 for number in range(bad)}
    assert least <= len(run(1000, places)[1]) <= most_ < 1000
