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
from vault.pool import ENDED, IDLE, not_closed, time_limit

Connection = AsyncConnection[TupleRow]
ReadPool = AsyncConnectionPool[Connection]

SIZE: Final = 8
"""Connections of one process: reads take about a millisecond, so eight carry thousands a second."""

WAIT_S: Final = 5.0
"""How long a caller waits for a connection: within the time-outs of people and of runners."""


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
