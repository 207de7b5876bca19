"""`python -m eventlog.generate [--check] [--unreleased] [--release]`: schemas/avro/ from the classes of the domain.

Without a flag: writes what changed, refuses what would break the reading of a log. `--check`: writes nothing, fails
if anything would change. `--unreleased`: schemas that no kept log holds yet (id above `released` in the lock) may
change as they like. `--release`: all that there are stay readable from now on, since somebody may keep a log of them.
Exit 0: fine; 1: refused, or drift under `--check`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.commands import COMMANDS
from domain.events import EVENTS
from eventlog.bodies import OWN_BODIES
from eventlog.book import Kind
from eventlog.codec import META
from eventlog.schema import Schema, full_name, record_schema
from eventlog.schema_plan import Tree, evolve
from eventlog.upcast import UPCASTERS

ROOT: Final = Path(__file__).parent.parent / "schemas" / "avro"


def wanted_schemas(events: Mapping[str, type], commands: Mapping[str, type]) -> dict[str, tuple[Kind, Schema]]:
    """Full name → schema of everything that is written today. Raises TypeError for a topic of both kinds."""
    kinds: list[tuple[Kind, Mapping[str, type]]] = [("event", events), ("command", commands)]
    if both := events.keys() & commands.keys():
        raise TypeError(f"both event and command: {sorted(both)}")
    return {
        full_name(topic): (kind, record_schema(topic, classes[topic], META[kind]))
        for kind, classes in kinds
        for topic in sorted(classes)
    }


def read_tree(root: Path) -> dict[str, bytes]:
    """Path below root → content."""
    found = [*root.rglob("*.avsc"), *root.glob("*.json")]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(found)}


def write_tree(root: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    for path in before.keys() - after.keys():
        (root / path).unlink()
    for path, content in after.items():
        if before.get(path) != content:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="eventlog.generate", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--unreleased", action="store_true")
    parser.add_argument("--release", action="store_true")
    options = parser.parse_args(arguments)

    before = read_tree(root)
    tree = Tree.parse(before)
    wanted = wanted_schemas({**EVENTS, **OWN_BODIES}, COMMANDS)
    refused = evolve(tree, wanted, UPCASTERS, unreleased=options.unreleased)
    if options.release:
        tree.released = tree.next_id - 1
    after = tree.rendered()
    changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if refused:
        _say("refused, this would make old records unreadable (a change is a new topic with an upcaster):", refused)
        return 1
    if options.check:
        _say("out of date, run python -m eventlog.generate:" if changed else "schemas are up to date", changed)
        return 1 if changed else 0
    write_tree(root, before, after)
    _say(f"{len(after) - 1} schemas, {len(changed)} files changed", changed)
    return 0


def _say(head: str, lines: list[str]) -> None:
    sys.stdout.write("\n  ".join([head, *lines]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
