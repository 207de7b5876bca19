"""Record headers as one column: for each, name and value preceded by their length (4 bytes, big-endian)."""

from __future__ import annotations

from struct import Struct

from eventlog.chain import Headers, counted_headers

_U32 = Struct(">I")


pack = counted_headers
"""As the chain hashes them."""


def unpack(packed: bytes) -> Headers:
    """What `pack` took."""
    parts: list[bytes] = []
    at = 0
    while at < len(packed):
        (length,) = _U32.unpack_from(packed, at)
        at += _U32.size
        parts.append(packed[at : at + length])
        at += length
    return tuple((name.decode(), value) for name, value in zip(parts[::2], parts[1::2], strict=True))
