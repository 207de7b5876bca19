"""Tokens that are mailed and work once: to choose a new password, to unlock an account.

What makes or uses one is part of a transaction that does more: with its mail, with what it is good for.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from vault.accounts.secrets import hash_of, new_token
from vault.pool import Pool

VALID: Final = timedelta(hours=1)
"""Long enough for a slow mail, short enough for an open mailbox (ASVS 5.0, 6.4.3: a reset must not outlast its use)."""


class Purpose(StrEnum):
    RESET = "reset"
    UNLOCK = "unlock"


class OneTimeTokens:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def whose(self, purpose: Purpose, token: str) -> str | None:
        """The user, while it works; it is not used up by this."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select user_id from one_time_token"
                " where hash = %s and kind = %s and used_at is null and expires_at > now()",
                (hash_of(token), purpose.value),
            )
            row = await cursor.fetchone()
        return None if row is None else str(row[0])

    async def forget_old(self) -> None:
        """Deletes those that work no more."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from one_time_token where expires_at < now()")


async def issue(connection: AsyncConnection[TupleRow], purpose: Purpose, user: str) -> str:
    """The token; those of before for the same purpose work no more."""
    token = new_token()
    await drop(connection, purpose, user)
    await connection.execute(
        "insert into one_time_token (hash, kind, user_id, expires_at) values (%s, %s, %s, now() + %s)",
        (hash_of(token), purpose.value, user, VALID),
    )
    return token


async def use(connection: AsyncConnection[TupleRow], purpose: Purpose, token: str) -> str | None:
    """The user, the first time and in time; else None."""
    cursor = await connection.execute(
        "update one_time_token set used_at = now()"
        " where hash = %s and kind = %s and used_at is null and expires_at > now() returning user_id",
        (hash_of(token), purpose.value),
    )
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


async def drop(connection: AsyncConnection[TupleRow], purpose: Purpose, user: str) -> None:
    """What was mailed for this purpose works no more."""
    await connection.execute(
        "delete from one_time_token where user_id = %s and kind = %s and used_at is null", (user, purpose.value)
    )
