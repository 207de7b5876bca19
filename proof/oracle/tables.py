"""What stands in a read database, byte by byte: an oracle that shares nothing with `projections.compare`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

import psycopg
from psycopg import sql

from projections.pool import Connection

COLUMNS: Final = """
select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attname
"""
KEY: Final = """
select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indrelid = %s::regclass and i.indisprimary order by array_position(i.indkey::int2[], a.attnum)
"""


class Digest(NamedTuple):
    """sha256: over names and types of the columns and PostgreSQL's binary form of every row, in the primary key's
    order."""

    rows: int
    sha256: str


async def digests(dsn: str) -> dict[str, Digest]:
    """Of every table of `core`. dsn: the superuser's."""
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        await conn.execute("set transaction isolation level repeatable read, read only")
        cursor = await conn.execute("select tablename from pg_tables where schemaname = 'core' order by 1")
        return {name: await _digest(conn, name) for (name,) in await cursor.fetchall()}


async def _digest(conn: Connection, name: str) -> Digest:
    columns = await (await conn.execute(COLUMNS, (f"core.{name}",))).fetchall()
    key = await (await conn.execute(KEY, (f"core.{name}",))).fetchall()
    query = sql.SQL("copy (select {} from core.{} order by {}) to stdout (format binary)").format(
        sql.SQL(", ").join(sql.Identifier(column) for column, _ in columns),
        sql.Identifier(name),
        sql.SQL(", ").join(sql.Identifier(column) for (column,) in key),
    )
    hashed = hashlib.sha256(repr(columns).encode())
    async with conn.cursor() as cursor:
        async with cursor.copy(query) as copy:
            async for data in copy:
                hashed.update(data)
        return Digest(cursor.rowcount, hashed.hexdigest())


def differing(left: Mapping[str, Digest], right: Mapping[str, Digest]) -> list[str]:
    """Tables that are not the same on both sides, those that one side lacks among them."""
    return sorted(name for name in {*left, *right} if left.get(name) != right.get(name))


async def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        return list(await (await conn.execute(query.encode())).fetchall())
