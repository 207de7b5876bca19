"""From the schemas as committed to the schemas as the classes are today: what changes on disk, and what may not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import orjson

from eventlog.book import LOCK, OLD, Entry, Kind
from eventlog.compatible import breaking
from eventlog.schema import Schema, layout

FOLDERS: Final[dict[Kind, str]] = {"event": "events", "command": "commands"}


@dataclass(slots=True)
class Tree:
    """schemas/avro/ in memory. released: schema ids up to this one are in logs that must stay readable."""

    next_id: int = 1
    released: int = 0
    entries: dict[int, Entry] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def parse(cls, files: Mapping[str, bytes]) -> Self:
        """From path → content of everything in the folder, the lock included; empty: a first beginning."""
        lock = orjson.loads(files.get(LOCK, b'{"next_id": 1, "released": 0, "schemas": []}'))
        return cls(
            lock["next_id"],
            lock["released"],
            {entry["id"]: Entry(**entry) for entry in lock["schemas"]},
            {path: content for path, content in files.items() if path != LOCK},
        )

    def rendered(self) -> dict[str, bytes]:
        """Path → content, the lock included."""
        lock = {
            "next_id": self.next_id,
            "released": self.released,
            "schemas": [
                {"id": e.id, "name": e.name, "kind": e.kind, "file": e.file, "layout": e.layout}
                for _, e in sorted(self.entries.items())
            ],
        }
        listed = {entry.file: self.files[entry.file] for entry in self.entries.values()}
        return listed | {LOCK: _json(lock)}

    def named(self, name: str) -> list[Entry]:
        """Every layout that the name ever had."""
        return [entry for entry in self.entries.values() if entry.name == name]

    def add(self, name: str, kind: Kind, schema: Schema) -> None:
        file = f"{FOLDERS[kind]}/{name.split('.', 1)[1]}.avsc"
        entry = Entry(id=self.next_id, name=name, kind=kind, file=file, layout=layout(schema))
        self.next_id += 1  # never given again, not even when the entry is dropped
        self.entries[entry.id] = entry
        self.files[file] = _json(schema)

    def supersede(self, entry: Entry) -> None:
        """Keeps the schema for reading."""
        file = f"{OLD}/{entry.topic}.{entry.id}.avsc"
        self.files[file] = self.files.pop(entry.file)
        self.entries[entry.id] = replace(entry, file=file)

    def drop(self, entry: Entry) -> None:
        del self.entries[entry.id], self.files[entry.file]


def evolve(
    tree: Tree,
    wanted: Mapping[str, tuple[Kind, Schema]],
    upcasters: Collection[str],
    *,
    unreleased: bool = False,
) -> list[str]:
    """Changes the tree so that it holds `wanted` (full name → schema) as current; returns what is refused.

    upcasters: topics that may retire. unreleased: schemas above `tree.released` may change as they like: their old form
    is forgotten, a log of theirs no longer readable.
    """
    if unreleased:
        _forget(tree, wanted)
    refused: list[str] = []
    for name, (kind, schema) in wanted.items():
        problems = [
            f"{name} (id {entry.id}){why}"
            for entry in tree.named(name)
            for why in breaking(orjson.loads(tree.files[entry.file]), schema)
        ]
        current = next((entry for entry in tree.named(name) if entry.current), None)
        if problems:
            refused += problems
        elif current is not None and current.layout == layout(schema):
            tree.files[current.file] = _json(schema)
        else:
            if current is not None:
                tree.supersede(current)
            tree.add(name, kind, schema)
    for entry in [e for e in tree.entries.values() if e.current and e.name not in wanted]:
        if entry.topic in upcasters:
            tree.supersede(entry)
        else:
            refused.append(f"{entry.name} (id {entry.id}): its class is gone and has no upcaster")
    return refused


def _forget(tree: Tree, wanted: Mapping[str, tuple[Kind, Schema]]) -> None:
    """Drops every schema above `released` that is not what is wanted today."""
    for entry in [e for e in tree.entries.values() if e.id > tree.released]:
        today = wanted.get(entry.name)
        if today is None or not entry.current or entry.layout != layout(today[1]) or _breaks(tree, entry, today[1]):
            tree.drop(entry)


def _breaks(tree: Tree, entry: Entry, schema: Schema) -> bool:
    return bool(breaking(orjson.loads(tree.files[entry.file]), schema))


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
