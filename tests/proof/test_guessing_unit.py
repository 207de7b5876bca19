"""What the oracles of guessing say of histories that are known."""

from __future__ import annotations

from random import Random

import pytest

from proof.harm.guessing import allowed
from proof.oracle.timing import SURE, told_apart
from vault.accounts.throttle import LOCKED_S, WAITS


def pairs(more: float, count: int = 240) -> list[tuple[float, float]]:
    """Logins of 25 ms on a busy machine, the first of each pair longer by so many seconds."""
    draw = Random(7)
    return [tuple(0.025 + draw.expovariate(200) + each for each in (more, 0.0)) for _ in range(count)]  # type: ignore[misc]


def test_times_of_one_kind_are_not_told_apart() -> None:
    assert abs(told_apart(pairs(0.0))) < SURE
    assert told_apart([]) == 0.0


def test_control_a_hash_that_is_skipped_is_seen_either_way() -> None:
    assert told_apart(pairs(0.02)) > SURE
    assert told_apart(pairs(-0.02)) < -SURE


@pytest.mark.parametrize(("kind", "within_s", "tries"), [("both", 1, 4), ("both", LOCKED_S, 10), ("account", 1, 50)])
def test_documented_waits_let_so_many_tries(kind: str, within_s: int, tries: int) -> None:
    assert allowed(kind, within_s) == tries


def test_who_waits_an_hour_gets_a_few_more_than_who_does_not() -> None:
    for kind in ("both", "account", "address"):
        waits = WAITS[kind]
        assert len(waits) < allowed(kind) <= len(waits) + 3600 // LOCKED_S
