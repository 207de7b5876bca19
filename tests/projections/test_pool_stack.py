"""A process that stops within a transaction does not keep its locks for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.kernel.errors import Unavailable
from projections.pool import ReadPool, connection, open_pool
from proof.servers import Postgres

pytestmark = pytest.mark.stack


async def freeze(stopping: ReadPool, other: ReadPool) -> None:
    """Holds a lock until somebody else has got it, and goes on."""
    async with connection(stopping) as frozen, frozen.transaction():
        await frozen.execute("select from t for update")
        async with asyncio.timeout(20), connection(other) as conn:
            await conn.execute("update t set id = 2")
        await frozen.execute("select 1")


async def test_a_transaction_left_open_is_ended_and_its_owner_told_unavailable(postgres: Postgres) -> None:
    dsn = postgres.fresh_database()
    async with open_pool(dsn, idle=timedelta(milliseconds=200)) as stopping, open_pool(dsn) as other:
        async with connection(other) as conn:
            await conn.execute("create table t (id int primary key); insert into t values (1)")
        with pytest.raises(Unavailable):
            await freeze(stopping, other)
        async with connection(stopping) as conn:
            await conn.execute("select 1")


async def test_the_control_without_the_limit_waits(postgres: Postgres) -> None:
    dsn = postgres.fresh_database()
    async with open_pool(dsn, idle=timedelta(0)) as stopping, open_pool(dsn) as other:
        async with connection(other) as conn:
            await conn.execute("create table t (id int primary key); insert into t values (1)")
        async with connection(stopping) as frozen, frozen.transaction():
            await frozen.execute("select from t for update")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1), connection(other) as conn:
                    await conn.execute("update t set id = 2")


async def cut_off(pool: ReadPool, other: ReadPool) -> None:
    """The server ends the pool's idle connections, as a restart does."""
    async with connection(pool) as one, connection(pool) as two:
        ended = [conn.info.backend_pid for conn in (one, two)]
    async with connection(other) as conn:
        await conn.execute("select pg_terminate_backend(pid, 5000) from unnest(%s::int[]) pid", (ended,))


async def test_connections_that_the_server_closed_cost_no_caller_anything(postgres: Postgres) -> None:
    dsn = postgres.fresh_database()
    async with open_pool(dsn) as pool, open_pool(dsn) as other:
        await cut_off(pool, other)
        for _ in range(2):
            async with connection(pool) as conn:
                await conn.execute("select 1")


async def test_the_control_without_the_check_costs_a_call(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    async def trusting(_connection: object) -> None: ...

    monkeypatch.setattr("projections.pool.not_closed", trusting)
    dsn = postgres.fresh_database()
    async with open_pool(dsn) as pool, open_pool(dsn) as other:
        await cut_off(pool, other)
        with pytest.raises(Unavailable):
            async with connection(pool) as conn:
                await conn.execute("select 1")
