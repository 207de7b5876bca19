"""Day keys: bodies in [ingress] and [dlq] are sealed with the key of their UTC day, and forgotten with it."""

from __future__ import annotations

from datetime import date
from typing import Final, cast

from domain.kernel.errors import NotFound
from vault.cache import BoundedCache
from vault.cipher import decrypt, encrypt, new_key
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

CACHED: Final = 64
"""Days in memory: more than the 14 that are kept."""

CACHED_S: Final = 300.0
"""Another process stops opening a destroyed day within five minutes."""


class DayKeyGone(NotFound):
    """The day's key was destroyed, or never made: its bodies cannot be opened (any more)."""

    status = 410
    default_code = "day_key_gone"


def seal_body(key: bytes, aad: bytes, body: bytes) -> bytes:
    """Seals a body with its day's key. `aad` names its place (topic, instance, …)."""
    return encrypt(key, body, aad)


def open_body(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """What `seal_body` took. Raises SealBroken."""
    return decrypt(key, sealed, aad)


class DayKeys:
    """A key's id is its day, `YYYY-MM-DD`: it travels in the clear beside what it sealed."""

    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek
        self._cache: BoundedCache[date, bytes] = BoundedCache(CACHED, CACHED_S)
        self._today: BoundedCache[None, date] = BoundedCache(1, CACHED_S)

    async def current(self) -> tuple[date, bytes]:
        """(today, its key): what a body that comes now is sealed with. Raises DayKeyGone, Unavailable.

        The day is the database's, as `streams/aging` counts: a process whose clock is a month behind would seal what it
        accepts with a key that is destroyed within the hour. For five minutes after midnight it may be yesterday.
        """
        day = self._today.get(None) or self._today.put(None, await self.today())
        _, key = await self.get_or_create(day)
        return day, key

    async def get_or_create(self, day: date) -> tuple[str, bytes]:
        """(key id, key) of a UTC day, committed before it is returned. Raises DayKeyGone for a destroyed day."""
        if self._cache.get(day) is None:
            await self._create(day)
        return day.isoformat(), await self._key(day)

    async def open(self, key_id: str) -> bytes:
        """The key of that id. Raises DayKeyGone, also for an id that is no day."""
        try:
            day = date.fromisoformat(key_id)
        except ValueError:
            raise DayKeyGone(detail="no such day key") from None
        return await self._key(day)

    async def today(self) -> date:
        """The UTC day by the database's clock."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute("select (clock_timestamp() at time zone 'utc')::date")).fetchone()
        assert row is not None
        return cast(date, row[0])

    async def destroy_before(self, day: date) -> int:
        """Leaves tombstones for all earlier days. Returns how many keys were destroyed."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "update day_key set wrapped = null, destroyed_at = now() where day < %s and wrapped is not null", (day,)
            )
        self._cache.clear()
        return cursor.rowcount

    async def opens_until(self, day: date) -> bool:
        """Whether a body of that day, or of an earlier one, can still be opened."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select exists (select from day_key where day <= %s and wrapped is not null)", (day,)
            )
            row = await cursor.fetchone()
        return row == (True,)

    async def _key(self, day: date) -> bytes:
        cached = self._cache.get(day)
        if cached is not None:
            return cached
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select wrapped from day_key where day = %s", (day,))
            row = await cursor.fetchone()
        if row is None or row[0] is None:
            raise DayKeyGone(detail=day.isoformat())
        return self._cache.put(day, self._kek.unwrap(row[0], place(day)))

    async def _create(self, day: date) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                "insert into day_key (day, wrapped) values (%s, %s) on conflict (day) do nothing",
                (day, self._kek.wrap(new_key(), place(day))),
            )


def place(day: date) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("day_key", day.isoformat())
