"""Merkle trees over the commits of a partition, hashed as RFC 6962 and RFC 9162 say. Pure.

    leaf of commit i = SHA-256(0x00 ‖ commit hash)      node = SHA-256(0x01 ‖ left ‖ right)

Leaf i is the i-th commit that the chain rule accepted, from 0. Ours and not a package's: the algorithms are these few
lines, they are part of the log's format like the chain's, and whoever checks us writes them anew from the same RFC
(docs/verify/verify.py does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

HASH_BYTES: Final = 32

EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162, 2.1.1)."""


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def grow(peaks: list[bytes], size: int, leaf: bytes) -> None:
    """Makes the peaks of `size` leaves those of one more, in place."""
    while size & 1:
        leaf = node_hash(peaks.pop(), leaf)
        size >>= 1
    peaks.append(leaf)


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that has to be kept of a tree that only grows: the roots of its perfect subtrees, the largest first.

    size: leaves. peaks: one for each bit that is set in size, at most 63 hashes.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Self:
        """leaf: `leaf_hash` of what the tree is over."""
        peaks = list(self.peaks)
        grow(peaks, self.size, leaf)
        return type(self)(self.size + 1, tuple(peaks))

    @property
    def valid(self) -> bool:
        """Whether there are as many peaks, of the right length, as the size asks for."""
        return len(self.peaks) == self.size.bit_count() and all(len(peak) == HASH_BYTES for peak in self.peaks)

    @property
    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


class Tree:
    """A whole tree, to prove from: every perfect subtree's root is kept, 64 bytes a leaf."""

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.frontier = Frontier()

    def append(self, leaf: bytes) -> None:
        """leaf: `leaf_hash` of what the tree is over."""
        self.frontier = self.frontier.append(leaf)
        level, node = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            nodes = self._levels[level]
            nodes += node
            if len(nodes) // HASH_BYTES % 2:
                return
            node = node_hash(bytes(nodes[-2 * HASH_BYTES : -HASH_BYTES]), node)
            level += 1

    @property
    def size(self) -> int:
        return self.frontier.size

    def root(self, size: int | None = None) -> bytes:
        """Of the first `size` leaves."""
        size = self.size if size is None else size
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of a leaf in the tree of the first `size` leaves (RFC 9162, 2.1.3.1): siblings, leaf first."""
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            raise ValueError(f"no leaf {index} in a tree of {size} (of {self.size})")
        path: list[bytes] = []
        first, end = 0, size
        while end - first > 1:
            middle = first + _split(end - first)
            if index < middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(first, middle))
                first = middle
        return path[::-1]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """That the tree of `old` leaves is the beginning of the tree of `size` (RFC 9162, 2.1.4.1)."""
        size = self.size if size is None else size
        if not 0 < old <= size <= self.size:
            raise ValueError(f"no tree of {old} in a tree of {size} (of {self.size})")
        path: list[bytes] = []
        first, end, whole = 0, size, True
        while old != end:
            middle = first + _split(end - first)
            if old <= middle:
                path.append(self._hash(middle, end))
                end = middle
            else:
                path.append(self._hash(first, middle))
                first, whole = middle, False
        if not whole:
            path.append(self._hash(first, end))
        return path[::-1]

    def _hash(self, first: int, end: int) -> bytes:
        """Root of the leaves from first to end; first is a multiple of the power of two at or above their number."""
        count = end - first
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            at = (first >> level) * HASH_BYTES
            return bytes(self._levels[level][at : at + HASH_BYTES])
        middle = first + _split(count)
        return node_hash(self._hash(first, middle), self._hash(middle, end))


def _split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at `index` of the tree of that size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `size` begins with the tree of `old` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    rest = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not rest:
        return False
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == root
