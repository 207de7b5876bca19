"""Commands that a change in the vault brings with it: in one transaction with it, so that neither is without the other.

Who writes one sends it at once; a relay sends what is left. A command may be sent twice: its id answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from vault.pool import Pool

UNREADABLE_FOR: Final = timedelta(hours=1)
"""Between two looks at a command that could not be read: an alarm each time, and the others go on."""


class Put(NamedTuple):
    """A command that is put out. value: encoded, as it goes into [commands]."""

    command_id: str
    value: bytes


class Outbox:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def waiting(self, *, older_than: timedelta, limit: int) -> tuple[Put, ...]:
        """The oldest first. older_than: their writers have had their time."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select command_id, value from outbox where made_at <= now() - %s"
                " order by made_at, command_id limit %s",
                (older_than, limit),
            )
            return tuple(Put(*row) for row in await cursor.fetchall())

    async def sent(self, command_ids: Collection[str]) -> None:
        """The log has them."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from outbox where command_id = any(%s)", (list(command_ids),))

    async def put_back(self, command_ids: Collection[str]) -> None:
        """They cannot be read, and wait for who mends that."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "update outbox set made_at = now() + %s where command_id = any(%s)", (UNREADABLE_FOR, list(command_ids))
            )


async def put_out(connection: AsyncConnection[TupleRow], command_id: str, value: bytes) -> None:
    """Within the transaction of the change. The same command again is the same."""
    await connection.execute(
        "insert into outbox (command_id, value) values (%s, %s) on conflict do nothing", (command_id, value)
    )


async def put_out_all(connection: AsyncConnection[TupleRow], puts: Iterable[Put]) -> None:
    for put in puts:
        await put_out(connection, *put)
