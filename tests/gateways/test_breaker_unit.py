from __future__ import annotations

import pytest

from gateways.breaker import Breaker, CircuitOpen


def opened() -> Breaker:
    breaker = Breaker(threshold=3, open_s=10)
    for _ in range(3):
        breaker.enter(100)
        breaker.failed(100)
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(threshold=3, open_s=10)
    for _ in range(5):
        breaker.failed(0)
        breaker.failed(0)
        breaker.succeeded()
    breaker.enter(0)
    with pytest.raises(CircuitOpen) as raised:
        opened().enter(104)
    assert raised.value.retry_in_s == 6


def test_it_lets_one_trial_through_and_closes_on_its_success() -> None:
    breaker = opened()
    breaker.enter(110)
    with pytest.raises(CircuitOpen):
        breaker.enter(111)
    breaker.succeeded()
    breaker.enter(111)


def test_a_failed_trial_opens_it_again() -> None:
    breaker = opened()
    breaker.enter(110)
    breaker.failed(112)
    with pytest.raises(CircuitOpen):
        breaker.enter(121)
    breaker.enter(122)


def test_a_trial_that_never_reports_does_not_keep_it_open_for_ever() -> None:
    breaker = opened()
    breaker.enter(110)
    breaker.enter(120)
