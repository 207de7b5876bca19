"""Small events and commands of the tests' own, with a book of schemas of their own: the domain may change freely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from domain.kernel.actor import NORMALISER, Permission
from domain.kernel.command import Command, CommandMeta, EventMeta
from domain.kernel.event import Event
from domain.kernel.ids import derived, event_id
from domain.kernel.sealed import MessageText, Sealed
from eventlog.bodies import OWN_BODIES
from eventlog.book import Book
from eventlog.codec import Codec
from eventlog.generate import read_tree, wanted_schemas, write_tree
from eventlog.model import Recorded
from eventlog.schema_plan import Tree, evolve
from eventlog.upcast import Upcaster

AT = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where. lat, lon: degrees."""

    lat: float
    lon: float
    name: MessageText | None = None


@dataclass(frozen=True, kw_only=True)
class Greeted(Event):
    """Somebody said hello.

    text: their words. seconds: how long it took, s.
    """

    TOPIC = "Greeted"
    CATEGORY = "greeting"

    text: MessageText
    mood: Mood
    seconds: float
    count: int
    loud: bool
    seen_at: datetime | None
    places: tuple[Place, ...]
    moods: tuple[Mood, ...] = ()
    labels: dict[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Left(Event):
    """Somebody went."""

    TOPIC = "Left"
    CATEGORY = "greeting"


@dataclass(frozen=True, kw_only=True)
class Greet(Command):
    """Say hello."""

    TOPIC = "Greet"
    PERMISSION = Permission.LEAD_MANAGE

    text: MessageText
    at: datetime


EVENTS: dict[str, type[Event]] = {"Greeted": Greeted, "Left": Left}
COMMANDS: dict[str, type[Command]] = {"Greet": Greet}


def grow(
    root: Path,
    events: Mapping[str, type[Event]] = EVENTS,
    commands: Mapping[str, type[Command]] = COMMANDS,
    upcasters: Mapping[str, Upcaster] | None = None,
    *,
    unreleased: bool = False,
) -> list[str]:
    """Runs the generator on a folder; returns what it refuses (then nothing was written)."""
    before = read_tree(root)
    tree = Tree.parse(before)
    refused = evolve(tree, wanted_schemas({**events, **OWN_BODIES}, commands), upcasters or {}, unreleased=unreleased)
    if not refused:
        write_tree(root, before, tree.rendered())
    return refused


def codec_of(
    root: Path,
    events: Mapping[str, type[Event]] = EVENTS,
    upcasters: Mapping[str, Upcaster] | None = None,
) -> Codec:
    return Codec(Book.load(root), events=events, commands=COMMANDS, upcasters=upcasters or {})


def command_id(number: int) -> str:
    return str(UUID(int=number + 1))


def left(command: int, index: int = 0, *, version: int = 1, journey: str = "lead/one") -> Recorded:
    """The `index`th event of a command's commit."""
    event = Left(originator_id="greeting-one", originator_version=version, timestamp=AT)
    return recorded(event, command, index, journey)


def greeted(command: int, index: int = 0, *, journey: str = "lead/one") -> Recorded:
    event = Greeted(
        originator_id="greeting-one",
        originator_version=1,
        timestamp=AT,
        text=Sealed(b"\x00\xffsealed"),
        mood=Mood.BAD,
        seconds=1.5,
        count=-7,
        loud=True,
        seen_at=AT,
        places=(Place(lat=1.0, lon=2.0, name=Sealed(b"x")), Place(lat=0.5, lon=-2.0)),
        moods=(Mood.GOOD,),
        labels={"a": "b"},
    )
    return recorded(event, command, index, journey)


def recorded(event: Event, command: int, index: int, journey: str) -> Recorded:
    meta = EventMeta(
        event_id=event_id(command_id(command), index),
        tenant=derived("tenant"),
        journey=journey,
        stream=event.originator_id,
        version=event.originator_version,
        command_id=command_id(command),
        actor=NORMALISER.without_grant(),
        at=event.timestamp,
        correlation="c",
    )
    return Recorded(meta, event)


def greet(number: int = 1, journey: str = "lead/one") -> tuple[CommandMeta, Greet]:
    meta = CommandMeta(command_id=command_id(number), tenant=derived("tenant"), journey=journey, actor=NORMALISER)
    return meta, Greet(text=Sealed(b"hello"), at=AT)
