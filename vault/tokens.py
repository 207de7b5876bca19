"""The bootstrap token: protects the API until people and roles exist. Only its hash is stored."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Final

from vault.cache import BoundedCache
from vault.pool import Pool

BOOTSTRAP: Final = "bootstrap"
PREFIX: Final = "lgn_boot_"
"""Lets secret scanners and people see what it is."""

TOKEN_BYTES: Final = 32
"""256 random bits: nothing to guess, so that a fast hash is enough."""

CACHED_S: Final = 2.0
"""A renewed token counts everywhere within two seconds (as deny rows do, design §7)."""


class Tokens:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hashes: BoundedCache[str, bytes] = BoundedCache(1, CACHED_S)

    async def ensure_bootstrap(self, *, renew: bool = False) -> str | None:
        """The token in plaintext when this call made it, else None. The caller writes it to a file of mode 0600.

        renew: replaces the one there is (its file was lost, or never written by a process that died in between).
        """
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        on_conflict = "do update set hash = excluded.hash, made_at = now()" if renew else "do nothing"
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                f"insert into token (kind, hash) values (%s, %s) on conflict (kind) {on_conflict}",  # noqa: S608  two texts of ours
                (BOOTSTRAP, _hash(token)),
            )
        self._hashes.drop(BOOTSTRAP)
        return token if cursor.rowcount == 1 else None

    async def verify(self, token: str) -> bool:
        """Whether it is the bootstrap token; compared in constant time."""
        kept = self._hashes.get(BOOTSTRAP)
        if kept is None:
            async with self._pool.connection() as connection:
                cursor = await connection.execute("select hash from token where kind = %s", (BOOTSTRAP,))
                row = await cursor.fetchone()
            if row is None:
                return False
            kept = self._hashes.put(BOOTSTRAP, row[0])
        return hmac.compare_digest(kept, _hash(token))


def _hash(token: str) -> bytes:
    # A header may hold any bytes: surrogates of a wrong decoding must not raise.
    return sha256(token.encode(errors="surrogateescape")).digest()
