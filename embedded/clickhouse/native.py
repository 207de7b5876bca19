"""The Native format's empty block: column names and types without rows. Pure.

Layout: src/Formats/NativeWriter.cpp; numbers are unsigned LEB128, strings have their length before them.
"""

from __future__ import annotations

from collections.abc import Sequence


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _string(text: str) -> bytes:
    raw = text.encode()
    return _varint(len(raw)) + raw


def header_block(columns: Sequence[Sequence[str]]) -> bytes:
    """A block of no rows for the given (name, type) pairs."""
    described = b"".join(_string(name) + _string(kind) for name, kind in columns)
    return _varint(len(columns)) + _varint(0) + described
