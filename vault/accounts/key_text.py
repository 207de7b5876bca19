"""How a machine's key is written, so that scanners find one that leaked, and no database is asked about what
is none.

    sk_live_   or `sk_test_`
    30         random characters of base62: 178 bits
    6          CRC32 of all before it, base62

The checksum protects nothing: it tells a key from what is mistyped, cut off or only looks like one.
"""

from __future__ import annotations

import re
import secrets
from enum import StrEnum
from typing import Final
from zlib import crc32

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM: Final = 30
CHECKSUM: Final = 6
"""62^6 is more than 2^32."""

SHOWN: Final = 12
"""Characters of a key that may be seen: 24 of its bits are no secret then, 154 are."""

BEGINNING: Final = "sk_"
WRITTEN: Final = re.compile(rf"sk_(live|test)_[{ALPHABET}]{{{RANDOM + CHECKSUM}}}")


class KeyKind(StrEnum):
    """live: does what its scopes say. test: reads, whatever it was given: for trying a connection out on what is real
    without changing it, and without anything leaving for a provider."""

    LIVE = "live"
    TEST = "test"


def new_text(kind: KeyKind) -> str:
    """44 characters."""
    written = f"{BEGINNING}{kind.value}_" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return written + checksum(written)


def kind_of(text: str) -> KeyKind | None:
    """None: not a key's text."""
    found = WRITTEN.fullmatch(text)
    if found is None or checksum(text[:-CHECKSUM]) != text[-CHECKSUM:]:
        return None
    return KeyKind(found[1])


def checksum(written: str) -> str:
    """Of ASCII; the most significant digit first."""
    left, digits = crc32(written.encode()), ""
    for _ in range(CHECKSUM):
        left, digit = divmod(left, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
