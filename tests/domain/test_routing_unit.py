"""The tables are whole: every command has a decider, every event somebody who evolves by it."""

from __future__ import annotations

import pytest

from domain.commands import COMMANDS as ALL_COMMANDS
from domain.commands import Command
from domain.events import EVENTS as ALL_EVENTS
from domain.kernel.stream import STREAMS as ALL_STREAMS
from domain.routing import ROUTES

# Other tests of the same process register small domains of their own.
COMMANDS = {topic: cls for topic, cls in ALL_COMMANDS.items() if cls.__module__.startswith("domain.")}
EVENTS = {topic: cls for topic, cls in ALL_EVENTS.items() if cls.__module__.startswith("domain.")}
STREAMS = {category: cls for category, cls in ALL_STREAMS.items() if cls.__module__.startswith("domain.")}


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
