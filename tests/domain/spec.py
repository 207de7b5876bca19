"""given / when / then for deciders.

    given(message("hello")).when(take_floor()).then(c.TurnDropped, c.FloorTaken)
    given(message("hello")).when(give_floor_back()).refused("floor_not_taken")

A step is a command, a function from the world so far to a command (for ids that only the state knows), or `later`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

import pytest

from domain.contract.aggregate import Contract
from domain.conversation.aggregate import Conversation
from domain.conversion.aggregate import Conversion
from domain.deal.aggregate import Deal
from domain.kernel.actor import BOOTSTRAP, Actor
from domain.kernel.command import Command
from domain.kernel.deciding import decide
from domain.kernel.errors import Refused
from domain.kernel.event import Event
from domain.kernel.ids import derived, owner_of, stream_name, tenant_journey
from domain.kernel.journey import Context
from domain.kernel.stream import Stream
from domain.routing import ROUTES
from tests.domain.effect_rows import EffectRows

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
COMPANY = derived("a company")

S = TypeVar("S", bound=Stream)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Later:
    """Time passes on the log's clock."""

    by: timedelta


def later(**by: float) -> Later:
    return Later(timedelta(**by))


class World:
    """The writer, without a log: streams, their events, the clock, the effects that are open."""

    def __init__(self, actor: Actor = BOOTSTRAP) -> None:
        self.actor = actor
        self.at = START
        self.streams: dict[str, Stream] = {}
        self.events: list[Event] = []
        self.rows = EffectRows()
        self.asked = 0

    @property
    def next_id(self) -> str:
        """Of the next command: some ids follow from it."""
        return derived("command", self.asked + 1)

    def ask(self, command: Command, journey: str | None = None, tenant: str | None = None) -> list[Event]:
        """The events of the command. Raises Refused; then nothing may have changed."""
        id_ = self.next_id
        self.asked += 1
        route = ROUTES[type(command)]
        for name in route.streams(command):
            self.streams.setdefault(name, Stream.of(name))
        streams = {name: self.streams[name] for name in route.streams(command)}
        before = {name: stream.version for name, stream in streams.items()}
        journey = journey or route.journey(command) or self._home(command)
        context = Context(
            command_id=id_,
            tenant=tenant or owner_of(journey) or COMPANY,
            journey=journey,
            actor=self.actor,
            at=self.at,
        )
        try:
            events = decide(route, context, command, streams)
        except Refused:
            assert before == {name: stream.version for name, stream in streams.items()}, "refused before recording"
            raise
        self.events += events
        for event in events:
            self.rows.apply(event)
        return events

    def take(self, step: Step) -> list[Event]:
        if isinstance(step, Later):
            self.at += step.by
            return []
        return self.ask(step if isinstance(step, Command) else step(self))

    def stream(self, cls: type[S], id_: str) -> S:
        stream = self.streams.setdefault(stream_name(cls.CATEGORY, id_), cls.blank(stream_name(cls.CATEGORY, id_)))
        assert isinstance(stream, cls)
        return stream

    def replayed(self, name: str) -> Stream:
        """The stream again, from its events alone."""
        return Stream.of(name).replay(event for event in self.events if event.originator_id == name)

    def _home(self, command: Command) -> str:
        """What the envelope says where the command does not: the journey that the stream is really in."""
        name = getattr(command, "stream", "")
        stream = self.streams.get(name)
        if isinstance(stream, Conversation | Contract | Conversion | Deal):
            return f"lead/{stream.lead}"
        if name.startswith("lead-"):
            return f"lead/{name[5:]}"
        return "holding" if name.startswith("company-") else tenant_journey(COMPANY)


Step = Command | Later | Callable[[World], Command]


@dataclass
class Spec:
    """A world with a past."""

    world: World
    step: Step | None = None

    def when(self, step: Step) -> Self:
        self.step = step
        return self

    def then(self, *classes: type[Event]) -> list[Event]:
        """Exactly these events, in this order."""
        assert self.step is not None
        events = self.world.take(self.step)
        assert [type(event).__name__ for event in events] == [cls.__name__ for cls in classes]
        return events

    def refused(self, code: str) -> None:
        assert self.step is not None
        with pytest.raises(Refused) as refusal:
            self.world.take(self.step)
        assert refusal.value.code == code


def given(*steps: Step, actor: Actor = BOOTSTRAP) -> Spec:
    """Everything that happened before, none of it refused."""
    world = World(actor)
    for step in steps:
        world.take(step)
    return Spec(world)


def the(cls: type[E], events: list[Event]) -> E:
    """The one event of that class."""
    (found,) = [event for event in events if isinstance(event, cls)]
    return found
