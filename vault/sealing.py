"""Sealing personal fields at the edge (design §3). Pure but for the nonce, which is random unless given.

The associated data names company, journey and field: sealed bytes opened anywhere else fail.
"""

from __future__ import annotations

import hmac
import unicodedata
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.kernel.sealed import Sealed
from vault.cipher import KEY_BYTES, SealBroken, decrypt, encrypt
from vault.framing import framed

__all__ = ["SealBroken", "open_sealed", "seal", "tag"]

TAG_KEY: Final = b"legion/echo-tag/1"
"""HKDF's info for the tag key: a tag tells nothing about the key that seals."""

TAG_KEYS_CACHED: Final = 4096
"""Deriving costs about 10 µs and bursts come from the same leads."""


def seal(key: bytes, company: str, journey: str, label: str, plaintext: bytes, *, nonce: bytes | None = None) -> Sealed:
    """Seals one field. `key` is the subject's (32 bytes), `label` the `Personal` label of the field."""
    return Sealed(encrypt(key, plaintext, framed(company, journey, label), nonce=nonce))


def open_sealed(key: bytes, company: str, journey: str, label: str, sealed: bytes) -> bytes:
    """What `seal` took. Raises SealBroken when key, company, journey, label or any byte differs."""
    return decrypt(key, sealed, framed(company, journey, label))


def tag(key: bytes, text: str) -> str:
    """Hex HMAC-SHA256 of the normalised text: finds our own message in a provider's echo (design §4, Echoes)."""
    return hmac.new(_tag_key(key), _normalised(text).encode(), sha256).hexdigest()


def _normalised(text: str) -> str:
    """NFC, runs of white space as one blank, none at the ends: providers trim and re-wrap what they echo."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=TAG_KEYS_CACHED)
def _tag_key(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=TAG_KEY).derive(key)
