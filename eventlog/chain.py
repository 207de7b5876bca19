"""The chain's bytes: header, canonical form, hash, genesis. `eventlog/README.md` says the same to outsiders.

Everything here is part of the log's format: a change is a new `FORMAT`, never an edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import Final, NamedTuple

FORMAT: Final = 1
"""Version of the header's text and of the canonical bytes."""

HEADER: Final = "chain"
"""Name of the record header that holds the link."""

HASH_BYTES: Final = 32
"""SHA-256."""

_NUMBER: Final = rb"(0|[1-9][0-9]{0,18})"  # canonical decimal below 10^19: one number has one text
_LINK: Final = re.compile(
    rb"1 " + rb" ".join([_NUMBER] * 4) + rb" ([0-9a-f]{64})",
)
_U32: Final = Struct(">I").pack

Headers = tuple[tuple[str, bytes], ...]


class Link(NamedTuple):
    """The `chain` header of one record: record `i` of the `n` of one commit.

    command_offset: offset of the command in [commands], same partition. prev: hash of the commit before, 32 bytes.
    """

    epoch: int
    command_offset: int
    i: int
    n: int
    prev: bytes

    def text(self) -> bytes:
        """`1 <epoch> <command offset> <i> <n> <prev as 64 hex digits>`, ASCII."""
        return b"%d %d %d %d %d %s" % (
            FORMAT,
            self.epoch,
            self.command_offset,
            self.i,
            self.n,
            self.prev.hex().encode(),
        )


def parse_link(text: bytes) -> Link | None:
    """The link that a `chain` header's value says; None if it is not exactly one of format 1."""
    match = _LINK.fullmatch(text)
    if match is None:
        return None
    epoch, command_offset, i, n, prev = match.groups()
    link = Link(int(epoch), int(command_offset), int(i), int(n), bytes.fromhex(prev.decode()))
    return link if link.i < link.n else None


def canonical(key: bytes, value: bytes, headers: Headers) -> bytes:
    """One record as hashed: every part preceded by its length (4 bytes, big-endian), headers by their count."""
    return b"".join((_U32(len(key)), key, _U32(len(value)), value, _U32(len(headers)), counted_headers(headers)))


def counted_headers(headers: Headers) -> bytes:
    """Name and value of each, preceded by their length."""
    parts: list[bytes] = []
    for name, content in headers:
        parts += (_counted_name(name), _U32(len(content)), content)
    return b"".join(parts)


@lru_cache(maxsize=64)
def _counted_name(name: str) -> bytes:
    """Cached: our records have eight names between them. Bounded: others' may have any."""
    encoded = name.encode()
    return _U32(len(encoded)) + encoded


def chained(prev: bytes, hashed: Iterable[bytes]) -> bytes:
    """SHA-256(prev ‖ canonical bytes of each record in order): the head after this commit."""
    return sha256(prev + b"".join(hashed)).digest()


def commit_hash(prev: bytes, records: Iterable[tuple[bytes, bytes, Headers]]) -> bytes:
    """The same from (key, value, headers) of each record."""
    return chained(prev, [canonical(key, value, headers) for key, value, headers in records])


def genesis(cluster_id: str, topic: str, partition: int, epoch: int) -> bytes:
    """The head before the first commit. Binds the chain to its place, so that it cannot be moved elsewhere."""
    place = b"".join(_U32(len(part)) + part for part in (cluster_id.encode(), topic.encode()))
    return sha256(b"legion.chain.1" + place + _U32(partition) + _U32(epoch)).digest()
