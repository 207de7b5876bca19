"""Connections to a generation of the read database. A server that is away becomes Unavailable here, and only here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Final

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.kernel.errors import Unavailable
from vault.pool import not_closed

Connection = AsyncConnection[TupleRow]
ReadPool = AsyncConnectionPool[Connection]

SIZE: Final = 8
"""Connections of one process: reads take about a millisecond, so eight carry thousands a second."""

WAIT_S: Final = 5.0
"""How long a caller waits for a connection: within the time-outs of people and of runners."""


IDLE: Final = timedelta(seconds=10)
"""A process that stops within a transaction (frozen, swapped out, cut off) keeps its locks: then PostgreSQL ends it. As
long as a lease, for it is what other runners wait for; statements follow each other within milliseconds."""


def time_limit(of: str, limit: timedelta) -> str:
    """libpq's `options` that end a session beyond it. of: `transaction` or `idle_in_transaction_session`."""
    return f"-c {of}_timeout={limit // timedelta(milliseconds=1)}"


@asynccontextmanager
async def open_pool(dsn: str, *, size: int = SIZE, idle: timedelta = IDLE) -> AsyncIterator[ReadPool]:
    """An autocommit pool; a server that is away shows at first use, and the pool reconnects by itself."""
    pool: ReadPool = AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=WAIT_S,
        open=False,
        kwargs={"autocommit": True, "options": time_limit("idle_in_transaction_session", idle)},
        check=not_closed,
        name="read",
    )
    await pool.open(wait=False)
    try:
        yield pool
    finally:
        await pool.close()


ENDED: Final = (psycopg.errors.IdleInTransactionSessionTimeout, psycopg.errors.TransactionTimeout)
"""Not among psycopg's OperationalErrors, though the connection is gone."""


@contextmanager
def unavailable_when_away() -> Iterator[None]:
    """Turns a lost, refused, ended or exhausted connection into Unavailable `read_unavailable`."""
    try:
        yield
    except (psycopg.OperationalError, *ENDED, PoolTimeout) as away:
        raise Unavailable("read_unavailable", type(away).__name__) from away


@asynccontextmanager
async def connection(pool: ReadPool) -> AsyncIterator[Connection]:
    """One connection, each statement by itself. Raises Unavailable."""
    with unavailable_when_away():
        async with pool.connection() as conn:
            yield conn
