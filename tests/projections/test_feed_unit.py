"""How far a reader of events has looked, whether or not there was anything for them."""

from __future__ import annotations

from projections.read.feed import BATCH, WINDOW, looked_until

AFTER = {0: 10, 1: 20, 2: 30}


def test_where_nothing_was_left_behind_all_windows_were_looked_at() -> None:
    assert looked_until(AFTER, []) == {0: 10 + WINDOW, 1: 20 + WINDOW, 2: 30 + WINDOW}
    assert looked_until(AFTER, [(0, 1, 25, b"")] * (BATCH - 1)) == looked_until(AFTER, [])


def test_a_full_batch_ends_in_the_partition_of_its_last_row_and_has_not_reached_those_after_it() -> None:
    rows = [(0, 0, 11, b""), *[(0, 1, 20 + n, b"") for n in range(BATCH - 1)]]
    assert looked_until(AFTER, rows) == {0: 10 + WINDOW, 1: 20 + BATCH - 1}
