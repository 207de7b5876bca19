"""Rows of the journal → where the chain has them. Pure.

The hashes are computed from the bytes that the journal holds, and not taken from anywhere: what was altered there has
another hash than its commit in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.kernel.errors import Corrupt
from eventlog.chain import HEADER, Link, commit_hash, parse_link
from eventlog.model import LogRecord, Position


@dataclass(frozen=True, slots=True)
class Chained:
    """One commit. position: of its first record. records: how many it has. prev, hash: 32 bytes, the chain before and
    after it."""

    position: Position
    records: int
    prev: bytes
    hash: bytes


def chained(rows: Iterable[LogRecord]) -> dict[Position, Chained]:
    """Each record's place → its commit. rows: all records of some commits, in the order of the log.

    Raises Corrupt `journal_altered` for a row that is no record of a chain.
    """
    commits: dict[tuple[int, int, int], tuple[Link, list[LogRecord]]] = {}
    for row in rows:
        link = _link(row)
        commits.setdefault((link.epoch, row.partition, row.offset - link.i), (link, []))[1].append(row)
    found: dict[Position, Chained] = {}
    for (epoch, partition, first), (link, records) in commits.items():
        digest = commit_hash(link.prev, ((row.key, row.value, row.headers) for row in records))
        commit = Chained(Position(epoch, partition, first), link.n, link.prev, digest)
        found |= {Position(epoch, partition, row.offset): commit for row in records}
    return found


def _link(row: LogRecord) -> Link:
    texts = [content for name, content in row.headers if name == HEADER]
    link = parse_link(texts[0]) if len(texts) == 1 else None
    if link is None:
        raise Corrupt("journal_altered", f"partition {row.partition} offset {row.offset} has no link of a chain")
    return link
