"""Creates a generation: a database with roles, tables, row level security and functions, all from code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psycopg
from psycopg import sql

from domain.kernel.errors import Refused
from projections import ddl
from projections.engine.table import SCHEMA
from projections.names import COMPANY_LOGINS, PREFIX, Passwords, Role, database_name, dsn_for
from projections.pool import Connection, unavailable_when_away
from projections.tables import TABLES

__all__ = [
    "PREFIX", "Passwords", "Role", "activate", "create_generation", "database_name", "drop_generation", "dsn_for",
    "fence", "generation_exists", "is_of_this_code",
]  # fmt: skip

LOCK: Final = 0x1E9104
"""Advisory lock of the server's main database: roles and databases are made by one at a time."""


async def create_generation(admin_dsn: str, n: int, passwords: Passwords, *, prefix: str = PREFIX) -> None:
    """Idempotent; safe when several processes call it at once. admin_dsn: may create databases and roles.

    Raises Unavailable when the server is away, Refused `generation_mismatch` when the database is another's.
    """
    name = database_name(n, prefix=prefix)
    with unavailable_when_away():
        async with _admin(admin_dsn) as admin:
            for statement in ddl.roles():
                await admin.execute(statement)
            for role, password in passwords.by_role().items():
                await set_password(admin, role, password)
            cursor = await admin.execute("select from pg_database where datname = %s", (name,))
            if await cursor.fetchone() is None:
                await admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            await open_database(admin, name)
            await _admit_companies(admin, name)
            # Still under the lock: two that create the same tables at once disturb each other.
            async with await psycopg.AsyncConnection.connect(dsn_for(admin_dsn, n, None, "", prefix=prefix)) as conn:
                await _fill(conn, n)


async def drop_generation(admin_dsn: str, n: int, *, prefix: str = PREFIX) -> None:
    """Ends its connections and removes the database; nothing where there is none."""
    name = sql.Identifier(database_name(n, prefix=prefix))
    with unavailable_when_away():
        async with _admin(admin_dsn) as admin:
            await admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))


async def generation_exists(admin_dsn: str, n: int, *, prefix: str = PREFIX) -> bool:
    """Whether the server has its database. Raises Unavailable."""
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(admin_dsn, autocommit=True) as admin:
            cursor = await admin.execute(
                "select from pg_database where datname = %s", (database_name(n, prefix=prefix),)
            )
            return await cursor.fetchone() is not None


async def is_of_this_code(admin_dsn: str, n: int, *, prefix: str = PREFIX) -> bool:
    """Whether its tables have the columns that the code makes; also where there is no database or no table yet. Raises
    Unavailable."""
    if not await generation_exists(admin_dsn, n, prefix=prefix):
        return True
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(dsn_for(admin_dsn, n, None, "", prefix=prefix)) as conn:
            cursor = await conn.execute(
                "select table_name, column_name from information_schema.columns where table_schema = %s", (SCHEMA,)
            )
            found = set(await cursor.fetchall())
    return not found or found == {(table.NAME, column.name) for table in TABLES for column in table.COLUMNS}


async def activate(conn: Connection) -> None:
    """Opens this generation for claims and projectors: call it when the vault says that it is the active one."""
    await conn.execute("update work.generation set state = 'active' where state <> 'active'")


async def fence(conn: Connection) -> None:
    """No claim and no projector's batch is accepted after this returns; a batch under way is waited for."""
    async with conn.transaction():
        await conn.execute("select from work.positions for update")
        await conn.execute("update work.generation set state = 'fenced'")


async def set_password(conn: Connection, role: str, password: str) -> None:
    """By its SCRAM verifier: the password itself is in no statement."""
    verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    await conn.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier)))


@asynccontextmanager
async def _admin(dsn: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as admin:
        await admin.execute("select pg_advisory_lock(%s)", (LOCK,))
        yield admin


async def open_database(admin: Connection, name: str) -> None:
    """To our logins, and to nobody else."""
    await admin.execute(
        sql.SQL("revoke all on database {0} from public; grant connect on database {0} to {1}").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, Role))
        )
    )


async def _admit_companies(admin: Connection, name: str) -> None:
    """Logins of companies' own tools are the server's: each new database must let them in. What they see there is
    granted with their schema (sql/provision.sql)."""
    cursor = await admin.execute("select rolname from pg_roles where rolname ~ %s", (COMPANY_LOGINS,))
    for (login,) in await cursor.fetchall():
        await admin.execute(
            sql.SQL("grant connect on database {} to {}").format(sql.Identifier(name), sql.Identifier(login))
        )


async def fill_database(conn: Connection) -> None:
    """Tables and all, for who commits it as one transaction: a half-made generation is never seen."""
    await conn.execute("revoke all on schema public from public")
    for statement in ddl.schema():
        await conn.execute(statement)


async def _fill(conn: Connection, n: int) -> None:
    await fill_database(conn)
    await conn.execute("insert into work.generation (n) values (%s) on conflict do nothing", (n,))
    cursor = await conn.execute("select n from work.generation")
    if await cursor.fetchall() != [(n,)]:
        raise Refused("generation_mismatch", f"not the database of generation {n}")
