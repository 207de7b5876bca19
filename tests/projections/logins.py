"""Logins of companies are the server's: what one test gives, the next one finds."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import conninfo


async def drop_login(conn: psycopg.AsyncConnection[Any], login: str) -> None:
    """Nothing where it is not. conn: an admin's. Databases of other tests may have given it rights: whoever makes the
    company's schema does."""
    if not await (await conn.execute("select from pg_roles where rolname = %s", (login,))).fetchall():
        return
    cursor = await conn.execute("select datname from pg_database where datallowconn and not datistemplate")
    for (name,) in await cursor.fetchall():
        dsn = conninfo.make_conninfo(conn.info.dsn, dbname=name, password=conn.info.password)
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as there:
            await there.execute(f"drop owned by {login}")
    await conn.execute(f"drop role {login}")
