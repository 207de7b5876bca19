"""Rights that are taken away count at once, also while the projector is down (design §7).

A denial is written before its command is sent and in one transaction with it (`outbox`). It counts until the journal
has the command's outcome, and a while longer: whoever still remembers the role of before has then looked again. A
command that was refused takes its denial with it in the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from vault.accounts.outbox import put_out
from vault.accounts.sessions import Why, end_all_of
from vault.pool import Pool

LINGERS: Final = timedelta(seconds=10)
"""After its command was decided: several times as long as anybody remembers a role (2 s)."""


@dataclass(frozen=True, slots=True)
class Denial:
    """company: None: everywhere. keeps: the permissions that are left there."""

    company: str | None
    keeps: frozenset[str]


@dataclass(frozen=True, slots=True)
class Undecided:
    """A denial whose command the journal did not have when last looked."""

    journey: str
    command_id: str


class Denials:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, user: str) -> tuple[Denial, ...]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select kind, company, keeps from denial where user_id = %s", (user,))
            return tuple(
                Denial(None if kind == "user" else company, frozenset(keeps))
                for kind, company, keeps in await cursor.fetchall()
            )

    async def disable(self, user: str, *, command_id: str, journey: str, command: bytes) -> None:
        """With `DisableUser`: no right anywhere, and no session is left. command: encoded."""
        async with self._pool.transaction() as connection:
            await _deny(connection, ("user", user, "", [], command_id, journey))
            await end_all_of(connection, user, Why.USER_DISABLED)
            await put_out(connection, command_id, command)

    async def narrow(
        self, user: str, company: str, keeps: Collection[str], *, command_id: str, journey: str, command: bytes
    ) -> None:
        """With `ChangeMemberRole` or `RemoveMember`: only these permissions are left. command: encoded."""
        async with self._pool.transaction() as connection:
            await _deny(connection, ("member", user, company, sorted(keeps), command_id, journey))
            await put_out(connection, command_id, command)

    async def settle(self, decided: Callable[[Undecided], Awaitable[bool]]) -> int:
        """Marks those whose command the journal has, and deletes who has been marked for long. decided: asks the
        journal. Returns how many were deleted."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select distinct journey, command_id from denial where decided_at is null"
            )
            undecided = [Undecided(*row) for row in await cursor.fetchall()]
        known = [each.command_id for each in undecided if await decided(each)]
        async with self._pool.connection() as connection:
            if known:
                await connection.execute("update denial set decided_at = now() where command_id = any(%s)", (known,))
            cursor = await connection.execute("delete from denial where decided_at < now() - %s", (LINGERS,))
            return cursor.rowcount


async def _deny(connection: AsyncConnection[TupleRow], row: tuple[str, str, str, list[str], str, str]) -> None:
    await connection.execute(
        "insert into denial (kind, user_id, company, keeps, command_id, journey) values (%s, %s, %s, %s, %s, %s)"
        " on conflict do nothing",
        row,
    )
