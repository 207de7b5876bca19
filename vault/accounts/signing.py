"""What access tokens are signed with: Ed25519, two keys at most. Changing it refuses nobody's token.

    rotate ── published ──▶ signs ──────────────────▶ opens only ───────────▶ gone
              PUBLISHED_S   until another one signs   OPENS_S

A key is published before it signs, until everybody who keeps our public keys for a while has it. One that signs no more
is published and opens until the last token that it signed is over. The times stand in the rows and are told by the
database's clock: every process sees the same, and whoever rotates may go home.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from domain.kernel.errors import Refused
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

REMEMBERED_S: Final = 30.0
"""How old what a process knows of the keys may be: so long it publishes, and signs with, those of before."""

JWKS_S: Final = 60
"""How long others may keep our public keys (`cache-control` of api/routes/keys.py)."""

PUBLISHED_S: Final = 120.0
"""From a key's making until it signs: `REMEMBERED_S` and `JWKS_S` one after the other, and some room."""

OPENS_S: Final = 700.0
"""From the time on that another one signs. A process may go on to sign for `REMEMBERED_S`, what it signs lives for ten
minutes (`LIFETIME_S` of api/tokens.py), and clocks differ by some seconds."""

AGAIN_S: Final = 1.0
"""How often at most a key that nobody knows is looked for: forged tokens name such keys."""

LIVE: Final = (
    "not exists (select from signing_key later where later.signs_from > k.signs_from"
    " and later.signs_from < now() - make_interval(secs => %(opens)s))"
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. See the constants."""

    published_s: float = PUBLISHED_S
    opens_s: float = OPENS_S
    remembered_s: float = REMEMBERED_S


@dataclass(frozen=True, slots=True)
class SigningKey:
    """public, private: 32 raw bytes each."""

    id: str
    public: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rotation:
    """key: its id. The keys of before open until `old_gone_at`."""

    key: str
    signs_from: datetime
    old_gone_at: datetime


class SigningKeys:
    def __init__(
        self,
        pool: Pool,
        kek: KeyEncryptionKeys,
        *,
        pace: Pace = Pace(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._kek = kek
        self._pace = pace
        self._clock = clock
        self._kept: tuple[SigningKey, ...] = ()
        self._looked = -AGAIN_S

    async def live(self) -> tuple[SigningKey, ...]:
        """The one that signs, then those that are published beside it. Makes the first one."""
        if not self._kept or self._clock() - self._looked > self._pace.remembered_s:
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

    async def rotate(self) -> Rotation:
        """A new one, which signs after `published_s`. Raises Refused `rotation_under_way` while two are live."""
        async with self._pool.transaction() as connection:
            await connection.execute("lock table signing_key in exclusive mode")
            await self._drop_old(connection)
            cursor = await connection.execute(
                "select count(*), max(signs_from) + make_interval(secs => %s) from signing_key", (self._pace.opens_s,)
            )
            count, until = await cursor.fetchone() or (0, None)
            if count > 1:
                raise Refused("rotation_under_way", f"the key before the newest is needed until {until.isoformat()}")
            made = await self._make(connection, self._pace.published_s if count else 0.0)
        self._kept = ()
        return made

    async def replace_all(self) -> Rotation:
        """The keys that there are have leaked: a new one signs, and they open nothing any more, everywhere within
        `remembered_s`. Whoever is logged in refreshes their token."""
        async with self._pool.transaction() as connection:
            await connection.execute("lock table signing_key in exclusive mode")
            await connection.execute("delete from signing_key")
            made = await self._make(connection, 0.0)
        self._kept = ()
        return made

    async def forget_old(self) -> None:
        """Deletes those that open nothing any more."""
        async with self._pool.connection() as connection:
            await self._drop_old(connection)

    async def _first(self) -> tuple[SigningKey, ...]:
        async with self._pool.transaction() as connection:
            await connection.execute("lock table signing_key in exclusive mode")
            cursor = await connection.execute("select exists (select from signing_key)")
            if await cursor.fetchone() == (False,):
                await self._make(connection, 0.0)
        return await self._load()

    async def _make(self, connection: AsyncConnection[TupleRow], published_s: float) -> Rotation:
        id_, key = str(uuid4()), Ed25519PrivateKey.generate()
        cursor = await connection.execute(
            "insert into signing_key (id, public, wrapped, signs_from)"
            " values (%s, %s, %s, clock_timestamp() + make_interval(secs => %s))"
            " returning id, signs_from, signs_from + make_interval(secs => %s)",
            (id_, key.public_key().public_bytes_raw(), self._kek.wrap(key.private_bytes_raw(), place(id_)),
             published_s, self._pace.opens_s),
        )  # fmt: skip
        row = await cursor.fetchone()
        assert row is not None, "an insert returns its row"
        return Rotation(*row)

    async def _drop_old(self, connection: AsyncConnection[TupleRow]) -> None:
        await connection.execute(f"delete from signing_key k where not ({LIVE})", {"opens": self._pace.opens_s})  # noqa: S608  ours

    async def _load(self) -> tuple[SigningKey, ...]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                f"select id, public, wrapped from signing_key k where {LIVE}"  # noqa: S608  ours
                " order by signs_from <= now() desc, signs_from desc",
                {"opens": self._pace.opens_s},
            )
            rows = await cursor.fetchall()
        return tuple(SigningKey(id_, public, self._kek.unwrap(wrapped, place(id_))) for id_, public, wrapped in rows)


def _by_id(keys: tuple[SigningKey, ...], id_: str) -> SigningKey | None:
    return next((key for key in keys if key.id == id_), None)


def place(id_: str) -> bytes:
    """Of a key's row: opens nowhere else."""
    return framed("signing_key", id_)
