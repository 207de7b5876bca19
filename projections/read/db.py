"""Read access to one generation: as one company (row level security), or as the runner (all companies)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, cast

from domain.access.sight import Sight
from projections.pool import SIZE, Connection, ReadPool, connection, open_pool, unavailable_when_away

AS_COMPANY: Final = """
select set_config('transaction_read_only', 'on', true), set_config('role', 'legion_app', true),
    set_config('legion.company', %s, true), set_config('legion.scope', %s, true), set_config('legion.user', %s, true)
"""
"""As `set transaction read only` and `set local role` do, in one statement: a quarter less than a pipeline of three."""


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
    async def company(self, company_id: str, sight: Sight) -> AsyncIterator[Connection]:
        """One read-only transaction as role `legion_app`, which sees this company's rows, and of leads and what hangs
        on them those that are within sight. Raises Unavailable."""
        with unavailable_when_away():
            async with self.pool.connection() as conn, conn.transaction():
                await conn.execute(AS_COMPANY, (company_id, sight.scope.value, sight.user))
                yield conn

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Connection]:
        """As `system`, each statement by itself: a process that stops between two leaves no lock behind."""
        async with connection(self.pool) as conn:
            yield conn

    async def now(self) -> datetime:
        """The database's clock, by which leases and due times are judged: a process's own may jump."""
        async with self.statement() as conn:
            row = await (await conn.execute("select clock_timestamp()")).fetchone()
        assert row is not None
        return cast(datetime, row[0])

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """One transaction as `legion_runner`, which sees every company's rows. Raises Unavailable."""
        with unavailable_when_away():
            async with self.pool.connection() as conn, conn.transaction():
                yield conn
