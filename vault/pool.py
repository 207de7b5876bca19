"""Connections to the vault's database. A server that is away becomes Unavailable here, and only here, and a
key-encryption key that was taken away becomes Misconfigured."""

from __future__ import annotations

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.kernel.errors import Misconfigured, Unavailable

SIZE: Final = 8
"""Connections of one process. Statements take about a millisecond: eight carry thousands a second."""

WAIT_S: Final = 5.0
"""How long a caller waits for a connection: within the time-outs of webhooks and of people."""


IDLE: Final = timedelta(seconds=10)
"""A process that stops within a transaction (frozen, swapped out, cut off) keeps its locks: then PostgreSQL ends it. As
long as a lease, for it is what other runners wait for; statements follow each other within milliseconds."""

ENDED: Final = (psycopg.errors.IdleInTransactionSessionTimeout, psycopg.errors.TransactionTimeout)
"""Not among psycopg's OperationalErrors, though the connection is gone."""


def time_limit(of: str, limit: timedelta) -> str:
    """libpq's `options` that end a session beyond it. of: `transaction` or `idle_in_transaction_session`."""
    return f"-c {of}_timeout={limit // timedelta(milliseconds=1)}"


class Pool:
    """`connection()`: each statement commits by itself. `transaction()`: all or nothing, READ COMMITTED."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]]) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """Raises Unavailable `vault_unavailable` when the server is away, restarts, or has no connection left;
        Misconfigured `kek_retired` when this process still wraps by a key that the vault has let go."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, *ENDED, PoolTimeout) as away:
            raise Unavailable("vault_unavailable", type(away).__name__) from away
        except psycopg.errors.ForeignKeyViolation as broken:
            if not str(broken.diag.constraint_name).endswith("_kek_fkey"):
                raise
            raise Misconfigured("kek_retired", "wrapped by a key-encryption key that is gone: restart") from broken

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        async with self.connection() as connection, connection.transaction():
            yield connection


async def not_closed(connection: AsyncConnection[TupleRow]) -> None:
    """A pool's `check`: raises psycopg.OperationalError for a connection that the server has closed, so that a restart
    costs no caller its statement. Asks the server only where the socket has something to read: on an idle connection
    (nobody LISTENs through a pool) that is a notice, or its last words."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    if socket.poll(0):
        await connection.execute("")


async def _configure(connection: AsyncConnection[TupleRow]) -> None:
    # A prepared statement keeps the plan made when the table was nearly empty: with 8,000 aliases a look-up took 6.6 ms
    # instead of 0.4 ms. Planning anew costs about 0.1 ms.
    await connection.execute("set plan_cache_mode = force_custom_plan")


@asynccontextmanager
async def open_pool(dsn: str) -> AsyncIterator[Pool]:
    """Opens with one connection, so that a wrong DSN shows at start. Raises Unavailable."""
    made: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=SIZE,
        timeout=WAIT_S,
        open=False,
        kwargs={"autocommit": True, "options": time_limit("idle_in_transaction_session", IDLE)},
        configure=_configure,
        check=not_closed,
        name="vault",
    )
    try:
        await made.open(wait=True, timeout=WAIT_S)
    except PoolTimeout as away:
        await made.close()
        raise Unavailable("vault_unavailable", "no connection at start") from away
    try:
        yield Pool(made)
    finally:
        await made.close()
