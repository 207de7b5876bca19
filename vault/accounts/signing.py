"""What access tokens are signed with: Ed25519, two keys at most, the newer one signs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

LIVE: Final = 2
"""One that signs, and the one before it: what it signed lives for ten minutes more."""

REMEMBERED_S: Final = 30.0
"""How long another process may go on to sign with the key before the newest. Its tokens open: that key is live."""

AGAIN_S: Final = 1.0
"""How often at most a key that nobody knows is looked for: forged tokens name such keys."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """public, private: 32 raw bytes each."""

    id: str
    public: bytes
    private: bytes = field(repr=False)


class SigningKeys:
    def __init__(self, pool: Pool, kek: KeyEncryptionKeys, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._kek = kek
        self._clock = clock
        self._kept: tuple[SigningKey, ...] = ()
        self._looked = -AGAIN_S

    async def live(self) -> tuple[SigningKey, ...]:
        """The newest first. Makes the first one."""
        if not self._kept or self._clock() - self._looked > REMEMBERED_S:
            self._kept = await self._load() or await self._first()
            self._looked = self._clock()
        return self._kept

    async def find(self, id_: str) -> SigningKey | None:
        """By its id, also one that was made a moment ago."""
        found = _by_id(await self.live(), id_)
        if found is None and self._clock() - self._looked > AGAIN_S:
            self._looked = self._clock()
            self._kept = await self._load()
            found = _by_id(self._kept, id_)
        return found

    async def rotate(self) -> str:
        """A new one signs from now on; the one before it opens what it signed; older ones are gone. Returns its id."""
        made = await self._make()
        self._kept = ()
        return made

    async def _first(self) -> tuple[SigningKey, ...]:
        await self._make(only_first=True)
        return await self._load()

    async def _make(self, *, only_first: bool = False) -> str:
        id_, key = str(uuid4()), Ed25519PrivateKey.generate()
        async with self._pool.transaction() as connection:
            await connection.execute("lock table signing_key in exclusive mode")
            cursor = await connection.execute("select id from signing_key order by made_at desc")
            there = [row[0] for row in await cursor.fetchall()]
            if there and only_first:
                return str(there[0])
            wrapped = self._kek.wrap(key.private_bytes_raw(), _place(id_))
            await connection.execute(
                "insert into signing_key (id, public, wrapped) values (%s, %s, %s)",
                (id_, key.public_key().public_bytes_raw(), wrapped),
            )
            await connection.execute("delete from signing_key where id = any(%s)", (there[LIVE - 1 :],))
        return id_

    async def _load(self) -> tuple[SigningKey, ...]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select id, public, wrapped from signing_key order by made_at desc")
            rows = await cursor.fetchall()
        return tuple(SigningKey(id_, public, self._kek.unwrap(wrapped, _place(id_))) for id_, public, wrapped in rows)


def _by_id(keys: tuple[SigningKey, ...], id_: str) -> SigningKey | None:
    return next((key for key in keys if key.id == id_), None)


def _place(id_: str) -> bytes:
    return framed("signing_key", id_)
