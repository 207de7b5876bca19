"""The proof file: some commits as the log holds them, and that a signed checkpoint covers each. README.md has the form.

Pure. Whoever reads it needs nothing of ours: `docs/verify/verify.py` is such a reader.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from eventlog.book import Book
from eventlog.checkpoint import Signed
from eventlog.codec import PREFIX_BYTES
from eventlog.merkle import Tree
from eventlog.model import Commit, LogRecord

FORMAT: Final = "legion.proof.1"


@dataclass(frozen=True, slots=True)
class Proven:
    """One commit and its number in its partition, from 0: its leaf in the partition's tree."""

    index: int
    commit: Commit


@dataclass(slots=True)
class Collected:
    """What a walk has collected. signed: the checkpoint that covers it. trees: of each partition walked, as large as
    the checkpoint says. proven: in the order of the log, partition by partition. later: wanted commits that the
    checkpoint does not cover yet."""

    signed: Signed
    trees: dict[int, Tree]
    proven: list[Proven] = field(default_factory=list)
    later: int = 0


def proof_file(
    about: str, collected: Collected, book: Book, keys: Mapping[tuple[str, str], bytes] | None = None
) -> dict[str, Any]:
    """The file's object. keys: (company, subject) → key, for what is to be readable. Raises Poison for a record whose
    schema nobody knows."""
    records = [record for one in collected.proven for record in one.commit.records]
    return {
        "format": FORMAT,
        "about": about,
        "checkpoint": json.loads(collected.signed.line()),
        "commits": [_commit(one, collected.trees[one.commit.partition]) for one in collected.proven],
        "schemas": {str(number): json.loads(book.raw(book.entry(number))) for number in schema_ids(records)},
        "later": collected.later,
        "subject_keys": [
            {"company": company, "subject": subject, "key": _text(key)}
            for (company, subject), key in sorted((keys or {}).items())
        ],
    }


def schema_ids(records: Iterable[LogRecord]) -> list[int]:
    """Of all records, each once."""
    return sorted({int.from_bytes(record.value[1:PREFIX_BYTES], "big") for record in records})


def _commit(one: Proven, tree: Tree) -> dict[str, Any]:
    commit = one.commit
    return {
        "partition": commit.partition,
        "index": one.index,
        "prev": commit.prev.hex(),
        "path": [node.hex() for node in tree.inclusion(one.index)],
        "records": [
            {
                "offset": record.offset,
                "key": _text(record.key),
                "value": _text(record.value),
                "headers": [[name, _text(content)] for name, content in record.headers],
            }
            for record in commit.records
        ],
    }


def _text(content: bytes) -> str:
    return b64encode(content).decode()
