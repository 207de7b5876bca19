"""The chain rule once more, from `eventlog/README.md` alone: a reader that shares no line with the one under proof."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

_LINK: Final = re.compile(rb"1 (0|[1-9]\d{0,18}) (0|[1-9]\d{0,18}) (0|[1-9]\d{0,18}) (0|[1-9]\d{0,18}) ([0-9a-f]{64})")


class Raw(Protocol):
    """A record as any client delivers it; `LogRecord` is one."""

    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]: ...


class Counted(NamedTuple):
    """A commit that counts. command: offset of its command in [commands]."""

    command: int
    journey: str
    values: tuple[bytes, ...]


class _Link(NamedTuple):
    epoch: int
    command: int
    i: int
    n: int
    prev: bytes


def genesis(cluster: str, topic: str, partition: int, epoch: int = 0) -> bytes:
    return sha256(
        b"legion.chain.1"
        + b"".join(_u32(len(part)) + part for part in (cluster.encode(), topic.encode()))
        + _u32(partition)
        + _u32(epoch)
    ).digest()


class Chain:
    """One partition of one epoch, read from offset 0. void: records that do not count. claims: complete commits of any
    kind, those that do not count with them."""

    def __init__(self, head: bytes, epoch: int = 0) -> None:
        self.void = 0
        self.claims = 0
        self._head, self._epoch, self._last = head, epoch, -1
        self._kept: list[Raw] = []
        self._link: _Link | None = None

    def read(self, records: Iterable[Raw]) -> list[Counted]:
        """Those that these records complete. What is not complete is kept."""
        return [commit for record in records if (commit := self._take(record)) is not None]

    @property
    def head(self) -> bytes:
        """After the last commit that counts."""
        return self._head

    @property
    def pending(self) -> int:
        """Records of a commit that is not complete."""
        return len(self._kept)

    def _take(self, record: Raw) -> Counted | None:
        link = _parse(record)
        if self._kept and not self._continues(record, link):
            self.void += len(self._kept)
            self._kept = []
        if link is None or (not self._kept and link.i):
            self.void += 1
            return None
        self._kept.append(record)
        self._link = link
        if len(self._kept) < link.n:
            return None
        records, self._kept = self._kept, []
        self.claims += 1
        if link.epoch != self._epoch or link.prev != self._head or link.command <= self._last:
            self.void += len(records)
            return None
        self._head, self._last = _hash(link.prev, records), link.command
        return Counted(link.command, records[0].key.decode(), tuple(each.value for each in records))

    def _continues(self, record: Raw, link: _Link | None) -> bool:
        last = self._kept[-1]
        assert self._link is not None
        return (
            record.offset == last.offset + 1
            and record.key == last.key
            and link == self._link._replace(i=len(self._kept))
        )


def _parse(record: Raw) -> _Link | None:
    texts = [content for name, content in record.headers if name == "chain"]
    if not record.key or not record.value or len(texts) != 1 or (found := _LINK.fullmatch(texts[0])) is None:
        return None
    epoch, command, i, n = map(int, found.groups()[:4])
    return _Link(epoch, command, i, n, bytes.fromhex(found[5].decode())) if i < n else None


def _hash(prev: bytes, records: Sequence[Raw]) -> bytes:
    digest = sha256(prev)
    for record in records:
        for part in (record.key, record.value):
            digest.update(_u32(len(part)) + part)
        digest.update(_u32(len(record.headers)))
        for name, content in record.headers:
            digest.update(_u32(len(name.encode())) + name.encode() + _u32(len(content)) + content)
    return digest.digest()


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")
