"""The vault's own database and own role, made by an administrator's login."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

DATABASE: Final = "legion_vault"
ROLE: Final = "legion_vault"


async def provision(admin_dsn: str, password: str, *, database: str = DATABASE, role: str = ROLE) -> str:
    """Makes role and database where missing, sets the role's password, shuts everybody else out. Idempotent.

    The role owns the database and nothing else; no other role may connect to it. Returns the role's DSN.
    """
    owner, name = sql.Identifier(role), sql.Identifier(database)
    async with await psycopg.AsyncConnection.connect(admin_dsn, autocommit=True) as connection:
        cursor = await connection.execute("select 1 from pg_roles where rolname = %s", (role,))
        if await cursor.fetchone() is None:
            await connection.execute(sql.SQL("create role {} nosuperuser nocreatedb nocreaterole").format(owner))
        # The server stores only the verifier and a statement's text may be logged: send the verifier.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        await connection.execute(
            sql.SQL("alter role {} login password {}").format(owner, sql.Literal(verifier.decode()))
        )
        cursor = await connection.execute("select 1 from pg_database where datname = %s", (database,))
        if await cursor.fetchone() is None:
            await connection.execute(sql.SQL("create database {} owner {}").format(name, owner))
        await connection.execute(sql.SQL("revoke all on database {} from public").format(name))
    return make_conninfo(admin_dsn, user=role, password=password, dbname=database)
