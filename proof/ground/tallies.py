"""A small domain of the tests' own: tallies that are added to. Its registries are not the product's."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.kernel.actor import NORMALISER, RUNNER, Actor, Permission
from domain.kernel.command import Command, CommandMeta
from domain.kernel.deciding import Route
from domain.kernel.errors import Refused
from domain.kernel.event import Event
from domain.kernel.ids import derived, partition_of, stream_name
from domain.kernel.journey import Journey
from domain.kernel.stream import Stream, evolves
from eventlog.bodies import OWN_BODIES
from eventlog.book import Book
from eventlog.cloudevents import command_headers
from eventlog.codec import Codec
from eventlog.generate import read_tree, wanted_schemas, write_tree
from eventlog.model import Anchor, LogRecord
from eventlog.schema_plan import Tree, evolve

TENANT = derived("tally-tenant")


@dataclass(frozen=True, kw_only=True)
class Added(Event):
    """Something was added.

    total: after it; a stale stream would get it wrong.
    """

    TOPIC = "Added"
    CATEGORY = "tally"

    by: int
    total: int
    note: str = ""


class Tally(Stream):
    CATEGORY = "tally"

    def begin(self) -> None:
        self.total = 0

    @evolves(Added)
    def _added(self, event: Added) -> None:
        if event.note == "cannot evolve":
            raise ValueError("cannot evolve")
        self.total += event.by


@dataclass(frozen=True, kw_only=True)
class Add(Command):
    """Add `by` to each of the tallies. how: what the decider does beside."""

    TOPIC = "Add"
    PERMISSION = Permission.CONVERSATION_RECEIVE

    journey: str
    tallies: tuple[str, ...]
    by: int = 1
    how: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Unrouted(Command):
    """Nobody decides on it."""

    TOPIC = "Unrouted"
    PERMISSION = Permission.CONVERSATION_RECEIVE

    journey: str


EVENTS: dict[str, type[Event]] = {"Added": Added}
COMMANDS: dict[str, type[Command]] = {"Add": Add, "Unrouted": Unrouted}


def _decide(journey: Journey, command: Add) -> None:
    if command.how == "nothing":
        return
    for index, key in enumerate(command.tallies):
        if command.how == "refuse half-way" and index == len(command.tallies) - 1:
            raise Refused("half_way", "after the first")
        tally = journey.get(Tally, key)
        journey.record(tally, Added, by=command.by, total=tally.total + command.by, note=command.note)
    _misbehave(command.how)


def _misbehave(how: str) -> None:
    match how:
        case "refuse":
            raise Refused("no", "as asked")
        case "crash":
            raise ZeroDivisionError("with a phone number in its words")
        case "recurse":
            _misbehave(how)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)


ROUTES: dict[type[Command], Route] = {
    Add: Route(
        journey=lambda c: c.journey,
        streams=lambda c: tuple(stream_name("tally", key) for key in c.tallies),
        decide=_decide,
    )
}


def make_codec(root: Path) -> Codec:
    """The codec of this domain, its schemas grown in the folder."""
    if not read_tree(root):
        tree = Tree.parse({})
        assert evolve(tree, wanted_schemas({**EVENTS, **OWN_BODIES}, COMMANDS), {}) == []
        write_tree(root, {}, tree.rendered())
    return Codec(Book.load(root), events=EVENTS, commands=COMMANDS)


def journey_in(partition: int, partitions: int, which: int = 0) -> str:
    """The `which`th journey that lies in the partition."""
    found = (name for n in range(100_000) if partition_of(name := f"lead/{n}", partitions) == partition)
    return next(name for index, name in enumerate(found) if index == which)


def add(
    journey: str, number: int, *tallies: str, actor: Actor = NORMALISER, id_: str | None = None, **fields: Any
) -> tuple[CommandMeta, Add]:
    """The `number`th command to the journey."""
    meta = CommandMeta(
        command_id=id_ or derived("tally-command", journey, number), tenant=TENANT, journey=journey, actor=actor
    )
    return meta, Add(journey=journey, tallies=tallies or (f"{journey}/a",), **fields)


def forbidden(journey: str, number: int) -> tuple[CommandMeta, Add]:
    return add(journey, number, actor=Actor(kind=RUNNER.kind, id="nobody"))


def as_record(
    codec: Codec, meta: CommandMeta, command: Command, *, offset: int, partition: int = 0, at_ms: int = 0
) -> LogRecord:
    """As it stands in [commands]."""
    return LogRecord(
        partition,
        offset,
        at_ms,
        meta.journey.encode(),
        codec.encode_command(meta, command),
        command_headers(command.TOPIC, meta),
    )


def origin(partition: int = 0) -> Anchor:
    return Anchor.genesis(cluster_id="cluster", topic="events", partition=partition)
