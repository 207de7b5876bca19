"""Order and restarts, without processes."""

from __future__ import annotations

import io

import pytest

from embedded.console import Console
from embedded.restarts import RestartPolicy
from embedded.service import InvalidServices, Service, layers


def service(name: str, *after: str) -> Service:
    return Service(name, ["true"], after=after)


def test_layers_hold_what_may_start_together() -> None:
    found = layers([service("d", "b", "c"), service("b", "a"), service("c", "a"), service("a")])
    assert [{one.name for one in layer} for layer in found] == [{"a"}, {"b", "c"}, {"d"}]


@pytest.mark.parametrize(
    ("services", "message"),
    [
        ([service("a"), service("a")], "same name"),
        ([service("a", "ghost")], "a is after ghost"),
        ([service("a", "b"), service("b", "a")], "wait for each other"),
    ],
)
def test_impossible_orders_are_refused(services: list[Service], message: str) -> None:
    with pytest.raises(InvalidServices, match=message):
        layers(services)


def test_delays_double_to_a_limit() -> None:
    policy = RestartPolicy(first_s=0.3, most_s=2.0, failures=10)
    assert [policy.delay([0.0] * n, 0.0) for n in range(1, 6)] == [0.3, 0.6, 1.2, 2.0, 2.0]


def test_six_failures_a_minute_are_the_end() -> None:
    assert RestartPolicy().delay([0, 1, 2, 3, 4, 5], 5) is None


def test_failures_long_ago_do_not_count() -> None:
    assert RestartPolicy().delay([0, 1, 2, 3, 4, 100], 100) == 0.3


def test_a_terminal_gets_colours() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    Console(out, ["one", "three"]).line("one", "text")
    assert out.getvalue() == "\x1b[36mone   | \x1b[0mtext\n"


def test_a_console_that_went_away_is_no_failure() -> None:
    out = io.StringIO()
    console = Console(out, ["one"])
    out.close()
    console.line("one", "text")
