"""Company peppers, and what is derived from an alias under them (design §3, "Ids tell nothing").

A plain hash of a phone number is guessed in an hour; under a 32 byte secret that is not in the log it is not.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

from vault.cache import BoundedCache
from vault.cipher import new_key
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

CACHED: Final = 10_000
"""Companies whose pepper is kept in memory: about 2 MB."""

CACHED_S: Final = 3600.0
"""A pepper never changes; a company that is gone leaves memory within an hour."""


def alias_hash(pepper: bytes, scheme: str, canonical_value: str) -> str:
    """Hex HMAC-SHA256 of (scheme, canonical value): the alias map's key and the name of an alias in the log."""
    # The tail keeps these messages apart from those of lead ids: theirs has 8 bytes after the same two parts.
    return hmac.new(pepper, framed(scheme, canonical_value) + b"alias", sha256).hexdigest()


def derived_lead_id(pepper: bytes, scheme: str, canonical: str, generation: int) -> str:
    """HMAC-SHA256(pepper, scheme ‖ canonical alias ‖ generation) cut to a UUID (version 8 of RFC 9562).

    Parts are length-prefixed (`vault.framing`), the generation is 8 bytes, big-endian.
    """
    message = framed(scheme, canonical) + generation.to_bytes(8, "big")
    cut = bytearray(hmac.new(pepper, message, sha256).digest()[:16])
    cut[6] = cut[6] & 0x0F | 0x80  # version 8: made by a rule of our own
    cut[8] = cut[8] & 0x3F | 0x80  # the variant of RFC 9562
    return str(UUID(bytes=bytes(cut)))


class Peppers:
    """One pepper of 32 bytes a company, wrapped at rest. Lost, every lead would be a stranger: it is in the backup."""

    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek
        self._cache: BoundedCache[str, bytes] = BoundedCache(CACHED, CACHED_S)

    async def get_or_create(self, company: str) -> bytes:
        """The company's pepper, committed before it is returned; concurrent calls get the same."""
        cached = self._cache.get(company)
        if cached is not None:
            return cached
        found = await self._find(company)
        if found is None:
            await self._create(company)
            found = await self._find(company)
        assert found is not None, "a pepper is never deleted"
        return self._cache.put(company, found)

    async def _find(self, company: str) -> bytes | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select wrapped from company_pepper where company = %s", (company,))
            row = await cursor.fetchone()
        return None if row is None else self._kek.unwrap(row[0], place(company))

    async def _create(self, company: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                "insert into company_pepper (company, wrapped) values (%s, %s) on conflict do nothing",
                (company, self._kek.wrap(new_key(), place(company))),
            )


def place(company: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("company_pepper", company)
