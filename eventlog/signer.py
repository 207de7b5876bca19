"""The signer's core: signs only what extends what it signed before. Pure; `cli/signer/` runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.kernel.errors import Corrupt
from eventlog.checkpoint import NO_PREVIOUS, Checkpoint, Head, Place, Signed
from eventlog.merkle import Frontier, grow
from eventlog.model import Anchor, Commit

PEAKS: Final = "peaks"
"""Stands beside the signed text in the signer's own file, hex by partition. Not signed: the root is, and says them."""


class Grown:
    """One partition's anchor and tree, commit by commit."""

    __slots__ = ("_begin", "_head", "_last", "_next", "_peaks", "size")

    def __init__(self, anchor: Anchor, frontier: Frontier = Frontier()) -> None:  # noqa: B008  frozen
        self._begin = anchor
        self._last: Commit | None = None
        self._head = anchor.head
        self._next = anchor.next_offset
        self._peaks = list(frontier.peaks)
        self.size = frontier.size

    def take(self, commit: Commit) -> None:
        """What the reader accepted next. Raises Corrupt `not_an_extension`."""
        if commit.prev != self._head or commit.first_offset < self._next:
            raise Corrupt("not_an_extension", f"partition {commit.partition} offset {commit.first_offset}")
        self._last, self._head, self._next = commit, commit.head, commit.next_offset
        grow(self._peaks, self.size, commit.leaf)
        self.size += 1

    @property
    def anchor(self) -> Anchor:
        """After the last commit."""
        return self._begin if self._last is None else self._begin.after(self._last)

    @property
    def frontier(self) -> Frontier:
        return Frontier(self.size, tuple(self._peaks))

    @property
    def head(self) -> Head:
        return Head(self.anchor, self.size, self.frontier.root)


class Signer:
    """line: the last line of its file, where it goes on; None: it has signed nothing yet.

    Raises CheckpointForged for a line of another key, Corrupt `signer_other_log` for one of another log. Whether the
    log still holds what the line says is checked by whoever reads on from `anchors` (`reader.recheck`).
    """

    def __init__(self, key: Ed25519PrivateKey, place: Place, line: bytes | None = None) -> None:
        self._key = key
        self._place = place
        self.last: Signed | None = None
        self._partitions = [Grown(anchor) for anchor in place.genesis()]
        if line is not None:
            self.last = Signed.read(line, [key.public_key().public_bytes_raw()])
            if self.last.checkpoint.place != place:
                raise Corrupt("signer_other_log", f"signed was {self.last.checkpoint.place}, this is {place}")
            self._partitions = _resumed(self.last, line)

    @property
    def anchors(self) -> list[Anchor]:
        """Where reading goes on, by partition."""
        return [partition.anchor for partition in self._partitions]

    @property
    def due(self) -> bool:
        """Whether there is something new to sign."""
        signed = [head.anchor for head in self.last.checkpoint.heads] if self.last else self._place.genesis()
        return self.anchors != signed

    def take(self, partition: int, commits: Sequence[Commit]) -> None:
        """What the reader accepted next. Raises Corrupt `not_an_extension`."""
        for commit in commits:
            self._partitions[partition].take(commit)

    def sign(self, at: datetime) -> bytes:
        """The next line of the file. `last` is that already: who cannot keep the line must not go on with this one."""
        last = self.last
        checkpoint = Checkpoint(
            number=last.checkpoint.number + 1 if last else 1,
            previous=last.digest if last else NO_PREVIOUS,
            at=at,
            place=self._place,
            heads=tuple(partition.head for partition in self._partitions),
        )
        self.last = Signed.sign(checkpoint, self._key)
        peaks = [[peak.hex() for peak in partition.frontier.peaks] for partition in self._partitions]
        return self.last.line(**{PEAKS: peaks})


def _resumed(signed: Signed, line: bytes) -> list[Grown]:
    """Raises Corrupt `signer_file_broken` unless the peaks make the signed roots."""
    heads, told = signed.checkpoint.heads, json.loads(line).get(PEAKS, [])
    try:
        peaks = [tuple(map(bytes.fromhex, partition)) for partition in told]
    except (TypeError, ValueError):
        peaks = []
    frontiers = [Frontier(head.size, partition) for head, partition in zip(heads, peaks, strict=False)]
    fit = [frontier.valid and frontier.root == head.root for head, frontier in zip(heads, frontiers, strict=False)]
    if len(fit) != len(heads) or not all(fit):
        raise Corrupt("signer_file_broken", f"the peaks beside checkpoint {signed.checkpoint.number}")
    return [Grown(head.anchor, frontier) for head, frontier in zip(heads, frontiers, strict=True)]
