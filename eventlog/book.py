"""The schemas that were ever written with, by id: schemas/avro/ and its lock file."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, Self

import orjson
from fastavro import parse_schema

from domain.kernel.errors import Misconfigured, Poison
from eventlog.schema import full_name

Kind = Literal["event", "command"]

LOCK: Final = "ids.lock.json"
OLD: Final = "old"
"""Folder of superseded schemas: still read, never written with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One schema of the lock. id: Confluent schema id, assigned once. layout: SHA-256 of the canonical form."""

    id: int
    name: str
    kind: Kind
    file: str
    layout: str

    @property
    def topic(self) -> str:
        return self.name.split(".", 1)[1]

    @property
    def current(self) -> bool:
        return not self.file.startswith(f"{OLD}/")


@dataclass(slots=True)
class Book:
    """The lock's entries, and their parsed schemas loaded on first use."""

    root: Traversable
    entries: dict[int, Entry]
    _parsed: dict[int, Any] = field(default_factory=dict)
    _current: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def load(cls, root: Traversable | None = None) -> Self:
        """From a folder; by default the one that ships with the code. Raises Misconfigured without a lock."""
        root = root or files("schemas") / "avro"
        try:
            lock = orjson.loads((root / LOCK).read_bytes())
        except FileNotFoundError:
            raise Misconfigured("schemas_missing", f"no {LOCK}: run python -m eventlog.generate") from None
        entries = [Entry(**entry) for entry in lock["schemas"]]
        return cls(
            root,
            {entry.id: entry for entry in entries},
            _current={entry.name: entry for entry in entries if entry.current},
        )

    def current(self, topic: str) -> Entry:
        """The schema that the topic is written with. Raises Misconfigured if it has none."""
        try:
            return self._current[full_name(topic)]
        except KeyError:
            raise Misconfigured("schema_missing", f"{topic}: run python -m eventlog.generate") from None

    def entry(self, schema_id: int) -> Entry:
        """Raises Poison for an id that the lock does not know (written by newer code, or not by us)."""
        try:
            return self.entries[schema_id]
        except KeyError:
            raise Poison("schema_unknown", f"schema id {schema_id}") from None

    def parsed(self, entry: Entry) -> Any:
        """The schema as fastavro wants it, to read with. Times are read as the microseconds they are: fastavro's own
        conversion costs four times ours."""
        parsed = self._parsed.get(entry.id)
        if parsed is None:
            parsed = self._parsed[entry.id] = parse_schema(_plain(orjson.loads(self.raw(entry))))
        return parsed

    def raw(self, entry: Entry) -> bytes:
        return self.root.joinpath(*entry.file.split("/")).read_bytes()


def _plain(schema: Any) -> Any:
    """The schema without logical types."""
    if isinstance(schema, list):
        return [_plain(branch) for branch in schema]
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "logicalType"}
    return schema
