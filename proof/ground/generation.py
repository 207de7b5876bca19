"""A generation of the read database, made for a proof or a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import psycopg
from psycopg import sql

from eventlog.model import Commit
from projections.generation import create_generation, drop_generation, dsn_for
from projections.names import Passwords, Role, database_name
from projections.postgres import PostgresProjector
from proof.ground.histories import Log

PASSWORDS = Passwords(projector="p'1", runner="r@2", app="a/3", writer="w%4", provisioner="p&5")


@dataclass(frozen=True)
class Generation:
    """A database legion_gN. admin: the superuser's URI."""

    admin: str
    n: int
    prefix: str

    def dsn(self, role: Role | None = None) -> str:
        return dsn_for(self.admin, self.n, role, PASSWORDS.by_role()[role] if role else "", prefix=self.prefix)

    async def project(self, log: Log, commits: Sequence[Commit] | None = None, *, batch: int = 1000) -> None:
        """All commits of the log (or these), in batches, live and active afterwards."""
        commits = log.commits if commits is None else commits
        async with PostgresProjector(self.dsn(Role.PROJECTOR), self.n, log.keys) as projector:
            await projector.open_positions(log.genesis(), active=self.n)
            for at in range(0, len(commits), batch):
                await projector.apply(commits[at : at + batch])
            await projector.mark_live(range(log.partitions))


async def make_generation(admin: str, n: int = 1, prefix: str | None = None) -> Generation:
    """admin: the superuser's URI. prefix: None for a new one."""
    generation = Generation(admin, n, prefix or f"t{uuid4().hex[:12]}_g")
    await create_generation(admin, n, PASSWORDS, prefix=generation.prefix)
    return generation


async def emptied(generation: Generation) -> None:
    """As it was made."""
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        cursor = await conn.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('core', 'work')"
            " and tablename <> 'generation'"
        )
        names = ", ".join(name for (name,) in await cursor.fetchall())
        await conn.execute(f"truncate {names}".encode())


@asynccontextmanager
async def copied(generation: Generation) -> AsyncIterator[Generation]:
    """Its database at this moment, as one of its own; nobody may be connected to the original meanwhile."""
    copy = replace(generation, prefix=f"c{uuid4().hex[:12]}_g")
    names = [sql.Identifier(database_name(each.n, prefix=each.prefix)) for each in (copy, generation)]
    async with await psycopg.AsyncConnection.connect(generation.admin, autocommit=True) as conn:
        async with asyncio.timeout(30):
            while True:
                try:
                    await conn.execute(sql.SQL("create database {} template {}").format(*names))
                    break
                except psycopg.errors.ObjectInUse:  # a session that was just closed
                    await asyncio.sleep(0.05)
    try:
        yield copy
    finally:
        await drop_generation(copy.admin, copy.n, prefix=copy.prefix)
