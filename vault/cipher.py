"""The one cipher of the vault: AES-256-GCM-SIV (RFC 8452) in a small versioned box.

    byte 0       format version, 1
    bytes 1–12   nonce
    bytes 13–    ciphertext and its 16 byte tag

GCM-SIV because a nonce that repeats (a cloned machine, a poor source of randomness) then only shows that two equal
plaintexts were equal; with GCM it would give away the authentication key.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from domain.kernel.errors import Corrupt

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION: Final = 1
OVERHEAD: Final = 1 + NONCE_BYTES + TAG_BYTES
"""Bytes that a box is longer than its plaintext."""


class SealBroken(Corrupt):
    """Not made by this key for this place: another key or associated data, a flipped byte, or an unknown version."""

    default_code = "seal_broken"


def new_key() -> bytes:
    """32 random bytes from the operating system."""
    return os.urandom(KEY_BYTES)


def encrypt(key: bytes, plaintext: bytes, aad: bytes, *, nonce: bytes | None = None) -> bytes:
    """The box. `nonce` is 12 bytes; None takes random ones."""
    nonce = os.urandom(NONCE_BYTES) if nonce is None else nonce
    return bytes((VERSION,)) + nonce + AESGCMSIV(key).encrypt(nonce, plaintext, aad)


def decrypt(key: bytes, box: bytes, aad: bytes) -> bytes:
    """The plaintext. Raises SealBroken."""
    if len(box) < OVERHEAD or box[0] != VERSION:
        raise SealBroken(detail="not a sealed box of a known version")
    try:
        return AESGCMSIV(key).decrypt(box[1 : 1 + NONCE_BYTES], box[1 + NONCE_BYTES :], aad)
    except InvalidTag:
        raise SealBroken(detail="wrong key, wrong place or changed bytes") from None
