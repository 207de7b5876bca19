"""Read access to one generation: as one company (row level security), or as the runner (all companies)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from projections.pool import SIZE, Connection, ReadPool, connection, open_pool, unavailable_when_away


class ReadDb:
    """`async with ReadDb(dsn) as db`. dsn: a login as `legion_runner`, which may become `legion_app`."""

    def __init__(self, dsn: str, *, size: int = SIZE) -> None:
        self._opening = open_pool(dsn, size=size)
        self._pool: ReadPool | None = None

    async def __aenter__(self) -> ReadDb:
        self._pool = await self._opening.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opening.__aexit__(None, None, None)

    @property
    def pool(self) -> ReadPool:
        assert self._pool is not None, "used outside of `async with`"
        return self._pool

    @asynccontextmanager
    async def company(self, company_id: str) -> AsyncIterator[Connection]:
        """One read-only transaction as role `legion_app`, which sees this company's rows. Raises Unavailable."""
        with unavailable_when_away():
            async with self.pool.connection() as conn, conn.transaction():
                async with conn.pipeline():
                    await conn.execute("set transaction read only")
                    await conn.execute("set local role legion_app")
                    await conn.execute("select set_config('legion.company', %s, true)", (company_id,))
                yield conn

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        """As `system`, each statement by itself: a process that stops between two leaves no lock behind."""
        async with connection(self.pool) as conn:
            yield conn

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """One transaction as `legion_runner`, which sees every company's rows. Raises Unavailable."""
        with unavailable_when_away():
            async with self.pool.connection() as conn, conn.transaction():
                yield conn
