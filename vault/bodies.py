"""Bodies too large for the log (over 512 KiB, design §5): kept here by hash, sealed with their day's key."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from domain.kernel.errors import NotFound
from vault.daykeys import DayKeys, open_body, seal_body
from vault.framing import framed
from vault.pool import Pool


class Bodies:
    """`digest` is the hex SHA-256 of the plaintext: what the log keeps as the reference."""

    def __init__(self, pool: Pool, daykeys: DayKeys) -> None:
        self._pool = pool
        self._daykeys = daykeys

    async def put(self, body: bytes, day: date) -> str:
        """Stores under the UTC day's key and returns the digest. Idempotent; a later day keeps it longer."""
        digest = sha256(body).digest()
        _, key = await self._daykeys.get_or_create(day)
        async with self._pool.connection() as connection:
            await connection.execute(
                "insert into body (digest, day, sealed) values (%s, %s, %s) on conflict (digest, day) do nothing",
                (digest, day, seal_body(key, _place(digest.hex(), day), body)),
            )
        return digest.hex()

    async def get(self, digest: str) -> bytes:
        """The body. Raises NotFound `body_gone` when it aged out or never was, DayKeyGone when only its key did."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select day, sealed from body where digest = %s order by day desc limit 1", (bytes.fromhex(digest),)
            )
            row = await cursor.fetchone()
        if row is None:
            raise NotFound("body_gone", digest)
        day, sealed = row
        return open_body(await self._daykeys.open(day.isoformat()), _place(digest, day), sealed)

    async def delete_before(self, day: date) -> int:
        """Removes the bodies of all earlier days. Returns how many rows."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("delete from body where day < %s", (day,))
        return cursor.rowcount


def _place(digest: str, day: date) -> bytes:
    return framed("body", digest, day.isoformat())
