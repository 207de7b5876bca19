"""The tables are whole: every command has a decider, every event somebody who evolves by it."""

from __future__ import annotations

import pytest

from domain.commands import COMMANDS, Command
from domain.events import EVENTS
from domain.kernel.stream import STREAMS
from domain.routing import ROUTES


def test_every_command_has_a_route() -> None:
    assert set(ROUTES) == set(COMMANDS.values())


def test_every_aggregate_handles_exactly_the_events_of_its_category() -> None:
    for category, cls in STREAMS.items():
        own = {event for event in EVENTS.values() if event.CATEGORY in (category, "*")}
        assert set(cls.HANDLERS) == own, category


def test_every_event_belongs_to_a_category_that_has_an_aggregate() -> None:
    assert {event.CATEGORY for event in EVENTS.values()} - {"*"} == set(STREAMS)


@pytest.mark.parametrize("command", [COMMANDS[topic] for topic in sorted(COMMANDS)])
def test_every_refusal_that_a_decider_states_is_a_code(command: type[Command]) -> None:
    """The docstring of a decider is the list of its codes, in the words that stand in the log."""
    words = (ROUTES[command].decide.__doc__ or "").partition("Refused:")[2]
    assert ROUTES[command].decide.__doc__, command.TOPIC
    for code in filter(None, (part.strip(" .\n").split(" ")[0] for part in words.split(","))):
        assert code.replace("_", "").isalpha(), code
        assert code == code.lower()
