"""One unambiguous way to write several texts as bytes: for associated data and for HMAC messages."""

from __future__ import annotations


def framed(*parts: str) -> bytes:
    """Each part as UTF-8 behind its length (4 bytes, big-endian).

    Prefix-free, so that ("ab", "c") and ("a", "bc") differ and no separator can be smuggled in by a value.
    """
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
