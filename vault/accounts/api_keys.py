"""Keys of machines: who they are, what they may do, from where, until when. Only a hash of what they show is kept.

A key stays the same when its secret is rotated. The one before works on for a while, so that a machine is told the new
one before the old one fails. A key that comes from outside of its networks again and again is in the wrong hands, for
whoever shows it has all of it: it is revoked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from domain.kernel.errors import NotFound, Refused
from vault.accounts.api_key import FIND, SELECT, ApiKey, Issued, NewKey, Presented, Secret, Why, made_key
from vault.accounts.key_text import SHOWN, new_text
from vault.accounts.outbox import Put, put_out
from vault.accounts.secrets import hash_of
from vault.pool import Pool

MOST: Final = 100
"""Of one company's keys that are not revoked: far more than it has machines, few enough to look through."""

ABUSED: Final = 10
"""So often from outside of its networks within `WITHIN`: no more a machine that was moved and tries a few times."""

WITHIN: Final = timedelta(hours=1)

SEEN: Final = timedelta(minutes=1)
"""How exact the time of the last use is: a write for each request would cost more than the request."""

LONGEST_OVERLAP: Final = timedelta(days=7)
OVERLAP: Final = timedelta(hours=24)

KEPT: Final = timedelta(days=90)
"""Of keys that are revoked, and of secrets that work no more: to look back. As sessions."""


STRAY: Final = """
update api_key set
    strays = case when strays_since > now() - %(within)s then strays + 1 else 1 end,
    strays_since = case when strays_since > now() - %(within)s then strays_since else now() end
where id = %(id)s and revoked_at is null returning strays
"""


class ApiKeys:
    """Whatever changes a key takes the command that tells the log of it, and puts it out in one transaction with the
    change. call: the id of the call that makes a secret: again, it makes no second one."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def make(self, new: NewKey, *, call: str, put: Put) -> Issued:
        """Raises Refused `key_already_made` for a call that comes again (its secret is shown once), `too_many_keys`."""
        text = new_text(new.kind)
        async with self._pool.transaction() as connection:
            await connection.execute(
                "select pg_advisory_xact_lock(hashtextextended('api_key ' || %s, 0))", (new.company,)
            )
            cursor = await connection.execute(
                "select count(*) from api_key where company = %s and revoked_at is null", (new.company,)
            )
            if (await cursor.fetchone() or (0,))[0] >= MOST:
                raise Refused("too_many_keys", f"a company has {MOST} keys at most: revoke those that nobody uses")
            cursor = await connection.execute(
                "insert into api_key (id, company, name, kind, scopes, networks, made_by, expires_at)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                (new.id, new.company, new.name, new.kind.value, sorted(new.scopes), list(new.networks), new.made_by,
                 new.expires_at),
            )  # fmt: skip
            if cursor.rowcount == 0 or not await _put_secret(connection, new.id, text, call):
                raise Refused("key_already_made", f"{new.id}: its secret was shown once; rotate it to get another")
            await put_out(connection, *put)
            return Issued(await _get(connection, new.company, new.id), text)

    async def rotate(
        self, before: ApiKey, *, overlap: timedelta, expires_at: datetime | None, call: str, put: Put
    ) -> Issued:
        """Another secret; those there are work until `overlap` is over. before: the key as the caller saw it.

        Raises Refused `key_already_rotated` for a call that comes again, `key_revoked`, `key_expired`, `key_moved_on`.
        """
        text = new_text(before.kind)
        async with self._pool.transaction() as connection:
            await _still(connection, before)
            cursor = await connection.execute(
                "update api_key set expires_at = %s where id = %s and coalesce(%s > now(), true)",
                (expires_at, before.id, expires_at),
            )
            if cursor.rowcount == 0:
                raise Refused("key_expired", "name a new expires_at")
            await connection.execute(
                "update api_key_secret set works_until = least(works_until, now() + %s) where key = %s",
                (overlap, before.id),
            )
            if not await _put_secret(connection, before.id, text, call):
                raise Refused("key_already_rotated", "its secret was shown once; rotate again to get another")
            await put_out(connection, *put)
        return Issued(replace(before, expires_at=expires_at), text)

    async def change(self, before: ApiKey, after: ApiKey, *, put: Put) -> None:
        """Name, scopes, networks and end. before: the key as the caller saw it. Raises Refused `key_revoked`,
        `key_moved_on` when somebody else was quicker."""
        async with self._pool.transaction() as connection:
            await _still(connection, before)
            await connection.execute(
                "update api_key set name = %s, scopes = %s, networks = %s, expires_at = %s where id = %s",
                (after.name, sorted(after.scopes), list(after.networks), after.expires_at, before.id),
            )
            await put_out(connection, *put)

    async def revoke(self, id_: str, why: Why, *, put: Put) -> bool:
        """For good. True when it was not revoked before: what is told to the log then is this."""
        async with self._pool.transaction() as connection:
            return await _revoke(connection, id_, why, put)

    async def strayed(self, id_: str, *, put: Put) -> bool:
        """It came from outside of its networks. True when that was once too often, and it is revoked now."""
        async with self._pool.transaction() as connection:
            cursor = await connection.execute(STRAY, {"id": id_, "within": WITHIN})
            row = await cursor.fetchone()
            return row is not None and row[0] >= ABUSED and await _revoke(connection, id_, Why.ABUSED, put)

    async def find(self, text: str) -> Presented | None:
        """Whose text this is; None: nobody's."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(FIND, {"hash": hash_of(text), "seen": SEEN})
            row = await cursor.fetchone()
        if row is None:
            return None
        state, stale, *columns = row
        return Presented(made_key(columns), state, stale)

    async def used(self, text: str) -> None:
        """Now; written once in `SEEN` at most."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "update api_key_secret set used_at = now() where hash = %s and coalesce(used_at < now() - %s, true)",
                (hash_of(text), SEEN),
            )

    async def get(self, company: str, id_: str) -> ApiKey:
        """Raises NotFound `unknown_key`, also for another company's."""
        async with self._pool.connection() as connection:
            return await _get(connection, company, id_)

    async def of_company(self, company: str) -> tuple[ApiKey, ...]:
        """All that are remembered, the newest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(SELECT + " where company = %s order by made_at desc, id", (company,))
            return tuple(map(made_key, await cursor.fetchall()))

    async def secrets(self, keys: Collection[str]) -> dict[str, tuple[Secret, ...]]:
        """By key, the newest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select key, shown, made_at, works_until, used_at from api_key_secret where key = any(%s)"
                " order by made_at desc, hash",
                (list(keys),),
            )
            found: dict[str, tuple[Secret, ...]] = dict.fromkeys(keys, ())
            for key, *secret in await cursor.fetchall():
                found[key] += (Secret(*secret),)
        return found

    async def forget_old(self) -> None:
        """Deletes what has been over for `KEPT`."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from api_key where revoked_at < now() - %s", (KEPT,))
            await connection.execute("delete from api_key_secret where works_until < now() - %s", (KEPT,))


async def _put_secret(connection: AsyncConnection[TupleRow], key: str, text: str, call: str) -> bool:
    cursor = await connection.execute(
        "insert into api_key_secret (hash, key, shown, call) values (%s, %s, %s, %s) on conflict (call) do nothing",
        (hash_of(text), key, text[:SHOWN], call),
    )
    return cursor.rowcount == 1


async def _still(connection: AsyncConnection[TupleRow], before: ApiKey) -> None:
    """Locks its row. Raises Refused when it is not as the caller saw it."""
    now = await _get(connection, before.company, before.id, lock=True)
    if now.revoked_at is not None:
        raise Refused("key_revoked")
    if now != before:
        raise Refused("key_moved_on", "somebody else has changed it meanwhile: look again")


async def _get(connection: AsyncConnection[TupleRow], company: str, id_: str, *, lock: bool = False) -> ApiKey:
    query = SELECT + " where company = %s and id = %s" + (" for update" if lock else "")
    cursor = await connection.execute(query, (company, id_))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("unknown_key", "no key of the company has this id")
    return made_key(row)


async def _revoke(connection: AsyncConnection[TupleRow], id_: str, why: Why, put: Put) -> bool:
    cursor = await connection.execute(
        "update api_key set revoked_at = now(), revoked_why = %s where id = %s and revoked_at is null",
        (why.value, id_),
    )
    if cursor.rowcount == 1:
        await put_out(connection, *put)
    return cursor.rowcount == 1
