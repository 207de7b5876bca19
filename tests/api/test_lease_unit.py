"""How a limit is shared out: never more than it, and hardly less, however many processes take turns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.edge.lease import Lease, Limit


class Window:
    """The shared count: what the database keeps."""

    def __init__(self, until: float) -> None:
        self.hits = 0
        self.until = until

    def count(self, amount: int) -> int:
        self.hits += amount
        return self.hits


def take(lease: Lease, window: Window, now: float) -> bool:
    while (standing := lease.take(now)) is None:
        batch = lease.limit.batch
        lease.counted(window.count(batch), batch, window.until)
    return standing.allowed


@given(st.integers(1, 500), st.integers(1, 6), st.lists(st.integers(0, 5), max_size=900))
def test_all_processes_together_let_through_no_more_than_the_limit(
    amount: int, processes: int, calls: list[int]
) -> None:
    limit, window = Limit("caller", amount), Window(60.0)
    leases = [Lease(limit) for _ in range(processes)]
    allowed = sum(take(leases[call % processes], window, 1.0) for call in calls)
    assert allowed <= amount
    # Who is refused although less than the limit was used: by what others counted and did not spend.
    unspent = sum(lease.left for lease in leases)
    assert unspent <= processes * limit.batch
    assert allowed == min(len(calls), amount) or allowed + unspent >= min(amount, window.hits)


@given(st.integers(1, 500), st.integers(0, 1200))
def test_one_process_lets_through_exactly_the_limit(amount: int, calls: int) -> None:
    lease, window = Lease(Limit("caller", amount)), Window(60.0)
    assert sum(take(lease, window, 1.0) for _ in range(calls)) == min(amount, calls)


def test_who_was_refused_costs_no_further_count_until_the_window_ends() -> None:
    lease, window = Lease(Limit("address", 100)), Window(60.0)
    assert [take(lease, window, 1.0) for _ in range(150)] == [True] * 100 + [False] * 50
    counted = window.hits
    for _ in range(1_000):
        assert not take(lease, window, 59.9)
    assert window.hits == counted == 100
    again = Window(120.0)
    assert take(lease, again, 60.0)
    assert again.hits == 2


def test_what_was_left_of_one_window_is_no_ones_in_the_next() -> None:
    lease, window = Lease(Limit("caller", 500)), Window(60.0)
    assert take(lease, window, 1.0)
    assert lease.left == 9
    later = Window(120.0)
    later.hits = 500
    assert not take(lease, later, 61.0)


def test_remaining_is_what_is_left_here_and_uncounted_anywhere() -> None:
    lease, window = Lease(Limit("caller", 100)), Window(60.0)
    take(lease, window, 1.0)
    standing = lease.take(2.0)
    assert standing is not None
    assert (standing.remaining, standing.reset_s) == (98, 58.0)
