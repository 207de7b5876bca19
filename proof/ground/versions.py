"""Logs of many years: events written in every schema version that was ever released, and in versions made up here.

A released version is written with whenever it has the event's topic. There may be none yet, and what there will be is
not known: so each event also gets an older version of another field order, one from before each field that has a
default, and one topic was called otherwise and is upcast.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import orjson
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from domain.conversation.events import HumanAsked
from domain.events import EVENTS
from domain.kernel.command import EventMeta
from domain.kernel.event import Event
from eventlog.book import Book, Entry
from eventlog.codec import MAGIC, PREFIX_BYTES, Codec
from eventlog.schema import full_name
from eventlog.upcast import UPCASTERS, Avro

FIRST_ID: Final = 1_000_000
"""Of schemas made up here: the lock file counts from 1."""

PRIMITIVES: Final = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
"""Of Avro; any other name stands for a type that a field before has defined."""

RETIRED: Final = "HumanCalled"
"""What `HumanAsked` was called, its reason being `why`."""


@dataclass(frozen=True, slots=True)
class Older:
    """down: today's record in this version's words, None for one that it cannot say. today: the schema to read it with
    once more, for what it cannot say may lie within a record of a record; None where names differ."""

    id: int
    schema: Any
    down: Callable[[Avro], Avro | None]
    today: Any = None

    def encode(self, record: Avro) -> bytes | None:
        said = self.down(record)
        if said is None:
            return None
        out = BytesIO()
        schemaless_writer(out, self.schema, said)
        if self.today is not None and schemaless_reader(BytesIO(out.getvalue()), self.schema, self.today) != record:
            return None
        return MAGIC + self.id.to_bytes(4, "big") + out.getvalue()


class Historic(Codec):
    """Writes each event in one of its versions, which chance chooses; reads all. older: events written in old ones."""

    def __init__(self, rng: random.Random) -> None:
        today = Book.load()
        self._rng = rng
        self._versions, entries, parsed = _versions(today)
        self.older = 0
        book = Book(today.root, today.entries | entries, _parsed=parsed, _current=today._current)
        super().__init__(book, upcasters=UPCASTERS | {RETIRED: _human_called})

    def encode_event(self, meta: EventMeta, event: Event) -> bytes:
        value = super().encode_event(meta, event)
        versions = self._versions[event.TOPIC]
        chosen = self._rng.randint(0, len(versions))
        if not chosen:
            return value
        schema = self._book.parsed(self._book.current(event.TOPIC))
        record: Any = schemaless_reader(BytesIO(value[PREFIX_BYTES:]), schema, None)
        old = versions[chosen - 1].encode(record)
        self.older += old is not None
        return old or value


def released(book: Book) -> list[Entry]:
    """Superseded schemas of events whose topic is still written."""
    return [e for e in book.entries.values() if e.kind == "event" and not e.current and e.topic in EVENTS]


def _versions(book: Book) -> tuple[dict[str, list[Older]], dict[int, Entry], dict[int, Any]]:
    """(topic → its older versions, entries of those made up, their parsed schemas by id)."""
    versions: dict[str, list[Older]] = {topic: [] for topic in EVENTS}
    for entry in released(book):
        schema, names = book.parsed(entry), {field["name"] for field in orjson.loads(book.raw(entry))["fields"]}
        today = _defaults(orjson.loads(book.raw(book.current(entry.topic)))["fields"])
        young = {name: default for name, default in today.items() if name not in names}
        current = book.parsed(book.current(entry.topic))
        versions[entry.topic].append(Older(entry.id, schema, _before(young), current))
    entries: dict[int, Entry] = {}
    parsed: dict[int, Any] = {}
    for topic in EVENTS:
        for name, schema, down in _made_up(topic, orjson.loads(book.raw(book.current(topic)))):
            id_ = FIRST_ID + len(entries)
            entries[id_] = Entry(id=id_, name=full_name(name), kind="event", file="old/made-up", layout=str(id_))
            parsed[id_] = parse_schema(_plain(schema))
            versions[topic].append(Older(id_, parsed[id_], down))
    return versions, entries, parsed


def _made_up(topic: str, schema: Avro) -> Iterator[tuple[str, Avro, Callable[[Avro], Avro | None]]]:
    fields = schema["fields"]
    simple = [field for field in fields if isinstance(field["type"], str) and field["type"] in PRIMITIVES]
    others = [field for field in fields if field not in simple]  # they define names, or use them: their order stays
    yield topic, schema | {"fields": [*reversed(simple), *others]}, lambda record: record
    young = _defaults(fields)
    if young:
        yield topic, schema | {"fields": [f for f in fields if f["name"] not in young]}, _before(young)
    if topic == HumanAsked.TOPIC:
        renamed = [f | {"name": "why"} if f["name"] == "reason" else f for f in fields]
        yield RETIRED, schema | {"name": RETIRED, "fields": renamed}, _renamed("reason", "why")


def _defaults(fields: list[Avro]) -> Avro:
    return {field["name"]: field["default"] for field in fields if "default" in field}


def _before(young: Avro) -> Callable[[Avro], Avro | None]:
    """A record from before these fields: whoever reads it takes their defaults."""

    def down(record: Avro) -> Avro | None:
        if any(record[name] != default for name, default in young.items()):
            return None
        return {name: value for name, value in record.items() if name not in young}

    return down


def _renamed(today: str, then: str) -> Callable[[Avro], Avro | None]:
    return lambda record: {then if name == today else name: value for name, value in record.items()}


def _human_called(old: Avro) -> tuple[str, Avro]:
    return HumanAsked.TOPIC, {"reason" if name == "why" else name: value for name, value in old.items()}


def _plain(schema: Any) -> Any:
    """Without logical types, as `Book` reads: times stay the microseconds that they are."""
    if isinstance(schema, list):
        return [_plain(branch) for branch in schema]
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "logicalType"}
    return schema
