"""Unauthenticated requests cost a bounded table, and their sum is never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ingress.strangers import MAX_ROWS, WINDOW_S, Stranger, Strangers, network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("unix", ""),
        (None, ""),
    ],
)
def test_an_address_is_kept_as_its_network_only(host: str | None, network: str) -> None:
    assert network_of(host) == network


@given(st.lists(st.integers(0, 3 * MAX_ROWS), max_size=4 * MAX_ROWS))
def test_rows_are_bounded_and_the_sum_is_exact(seen: list[int]) -> None:
    strangers = Strangers()
    for number in seen:
        strangers.saw(Stranger("bad_secret", str(number), ""), 0.0)
    counts = strangers.take()
    assert len(counts) <= MAX_ROWS + 1
    assert sum(counts.values()) == len(seen)


def test_a_summary_is_due_a_window_after_the_first_and_then_begins_anew() -> None:
    strangers = Strangers()
    assert not strangers.due(1e9)
    strangers.saw(Stranger("bad_secret", "i", ""), 10.0)
    assert not strangers.due(10.0 + WINDOW_S - 1)
    assert strangers.due(10.0 + WINDOW_S)
    assert strangers.take() == {Stranger("bad_secret", "i", ""): 1}
    assert not strangers.due(1e9)
