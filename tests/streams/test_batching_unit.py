"""Batches: full or waited for, never too large, nothing lost, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.batching import Batches

EVENTS = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3)), max_size=60)
"""(key, seconds since the one before)."""


@given(EVENTS, st.integers(1, 7))
def test_every_item_leaves_once_in_order_in_time_and_in_no_batch_that_is_too_large(
    events: list[tuple[str, float]], most: int
) -> None:
    batches: Batches[str, int] = Batches(most=most, wait_s=2.0)
    came: dict[int, float] = {}
    left: dict[str, list[int]] = {"a": [], "b": []}
    now = 0.0

    def take() -> None:
        for key, items in batches.take(now):
            assert 0 < len(items) <= most
            left[key] += items

    for number, (key, pause) in enumerate(events):
        until = now + pause
        while (due_in := batches.due_in(now)) is not None and now + due_in <= until:
            now += due_in
            take()
        now = until
        batches.add(key, number, now)
        came[number] = now
        take()
        waiting = [n for n in came if n not in left["a"] + left["b"]]
        assert all(now - came[n] <= 2.0 + 1e-6 for n in waiting)
    now += 2.0
    take()
    assert batches.due_in(now) is None
    for key, items in left.items():
        assert items == [number for number, (of, _) in enumerate(events) if of == key]


def test_a_key_that_rests_says_for_how_long_and_never_shorter_than_it_was_told() -> None:
    batches: Batches[str, int] = Batches(most=1, wait_s=1.0)
    assert batches.resting("a", 0.0) == 0.0
    batches.rest("a", 30.0)
    batches.rest("a", 10.0)
    assert (batches.resting("a", 10.0), batches.resting("b", 10.0)) == (20.0, 0.0)
    assert batches.resting("a", 31.0) == 0.0
