"""Subject keys: one for each lead's journey or user, wrapped at rest. Destroying it erases the log's copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.kernel.errors import NotFound
from vault.cache import BoundedCache
from vault.cipher import new_key
from vault.codec import SubjectOpener, SubjectSealer
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

CACHED: Final = 20_000
"""Keys in memory: about 5 MB, and more leads than are in conversation at once."""

CACHED_S: Final = 30.0
"""How long another process may still seal with a key destroyed here. What it seals then nobody can open."""


class SubjectErased(NotFound):
    """The subject's key was destroyed: nothing can be sealed for it or opened any more."""

    status = 410
    default_code = "subject_erased"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a destroyed key."""

    destroyed_at: datetime
    reason: str


class SubjectKeys:
    """Keys are 32 bytes. `subject` is a journey's name (`lead/<uuid>`) or `user/<uuid>`, never an alias."""

    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek
        self._cache: BoundedCache[tuple[str, str], bytes] = BoundedCache(CACHED, CACHED_S)

    async def get_or_create(self, company: str, subject: str) -> bytes:
        """The key, committed before it is returned; concurrent calls get the same. Raises SubjectErased."""
        cached = self._cache.get((company, subject))
        if cached is not None:
            return cached
        found = (await self.open_many(company, (subject,)))[subject]
        if found is None:
            await self._create(company, subject)
            found = (await self.open_many(company, (subject,)))[subject]
        if isinstance(found, bytes):
            return self._cache.put((company, subject), found)
        raise SubjectErased()

    async def sealer(self, company: str, subject: str) -> SubjectSealer:
        """As `get_or_create`."""
        return SubjectSealer(await self.get_or_create(company, subject), company, subject)

    async def opener(self, company: str, subject: str) -> SubjectOpener:
        """As `get_or_create`."""
        return SubjectOpener(await self.get_or_create(company, subject), company, subject)

    async def open_many(self, company: str, subjects: Iterable[str]) -> dict[str, bytes | Tombstone | None]:
        """For projectors: one query, never cached, so that a tombstone is seen at once. None: no such key."""
        wanted = list(dict.fromkeys(subjects))
        opened: dict[str, bytes | Tombstone | None] = dict.fromkeys(wanted)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select subject, wrapped, destroyed_at, reason from subject_key"
                " where company = %s and subject = any(%s)",
                (company, wanted),
            )
            for subject, wrapped, destroyed_at, reason in await cursor.fetchall():
                if wrapped is None:
                    opened[subject] = Tombstone(destroyed_at, reason)
                else:
                    opened[subject] = self._kek.unwrap(wrapped, place(company, subject))
        return opened

    async def open_pairs(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bytes | Tombstone | None]:
        """`open_many` for (company, subject) of several companies: still one query."""
        wanted = list(dict.fromkeys(pairs))
        opened: dict[tuple[str, str], bytes | Tombstone | None] = dict.fromkeys(wanted)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select k.company, k.subject, k.wrapped, k.destroyed_at, k.reason"
                " from unnest(%s::text[], %s::text[]) as w(company, subject)"
                " join subject_key k on k.company = w.company and k.subject = w.subject",
                ([company for company, _ in wanted], [subject for _, subject in wanted]),
            )
            for company, subject, wrapped, destroyed_at, reason in await cursor.fetchall():
                pair = (company, subject)
                opened[pair] = (
                    Tombstone(destroyed_at, reason)
                    if wrapped is None
                    else self._kek.unwrap(wrapped, place(company, subject))
                )
        return opened

    async def destroy(self, company: str, subject: str, reason: str) -> bool:
        """Leaves a tombstone, also where no key was. True when it is new. `reason` is a code, free of personal data."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "insert into subject_key as k (company, subject, destroyed_at, reason) values (%s, %s, now(), %s)"
                " on conflict (company, subject) do update"
                " set wrapped = null, destroyed_at = excluded.destroyed_at, reason = excluded.reason"
                " where k.wrapped is not null",
                (company, subject, reason),
            )
        self._cache.drop((company, subject))
        return cursor.rowcount == 1

    async def _create(self, company: str, subject: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                "insert into subject_key (company, subject, wrapped) values (%s, %s, %s) on conflict do nothing",
                (company, subject, self._kek.wrap(new_key(), place(company, subject))),
            )


def place(company: str, subject: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("subject_key", company, subject)
