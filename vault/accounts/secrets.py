"""Random tokens: 256 bits that nobody guesses, so that a fast hash of them is enough to keep."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """43 characters, safe in a URL and a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """What is kept. A header may hold any bytes: surrogates of a wrong decoding must not raise."""
    return sha256(token.encode(errors="surrogateescape")).digest()
