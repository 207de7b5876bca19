"""Wraps everything in the vault anew by the current key-encryption key, while its readers and writers go on.

A batch is read, opened and wrapped outside of any lock; then a row is written only if it still holds what was read: a
key that was destroyed meanwhile stays destroyed. What is done is done: killed anywhere, it goes on where it was. The
key itself is taken away by taking it out of the settings; the start then looks that nothing needs it (`vault.canary`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from domain.kernel.errors import Corrupt
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool
from vault.wrapped import OTHER_BYTES, WRAPPED, Wrapped

BATCH: Final = 200
"""Rows of one transaction: some tens of milliseconds, so that nobody waits long for a row."""

BYTES: Final = """
select c.table_name, c.column_name from information_schema.columns c
join information_schema.tables t using (table_schema, table_name)
where table_schema = current_schema() and t.table_type = 'BASE TABLE' and c.data_type = 'bytea'
"""


class Rewrap:
    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek

    async def run(self, *, batch: int = BATCH) -> dict[str, int]:
        """table.column → how many rows were wrapped anew. Repeatable.

        Raises Corrupt `column_unknown` before anything is done when a column of bytes is neither in `WRAPPED` nor in
        `OTHER_BYTES`, SealBroken for a row that does not open, Misconfigured `kek_missing`, Unavailable.
        """
        async with self._pool.connection() as connection:
            await check_columns(connection)
        return {f"{each.table}.{each.column}": await self._column(each, batch) for each in WRAPPED}

    async def left(self) -> dict[str, int]:
        """table.column → rows that are wrapped by another key than the current one; only where there are any."""
        found: dict[str, int] = {}
        async with self._pool.connection() as connection:
            for each in WRAPPED:
                query = sql.SQL("select count(*) from {} where {} <> %s").format(_name(each.table), _name(each.by))
                cursor = await connection.execute(query, (self._kek.name,))
                if count := (await cursor.fetchone() or (0,))[0]:
                    found[f"{each.table}.{each.column}"] = count
        return found

    async def _column(self, of: Wrapped, batch: int) -> int:
        """Walks along the key, and again from the beginning until a walk finds nothing: writers may still be at it
        whose current key is another."""
        count, after = 0, None
        while True:
            rows = await self._rows(of, after, batch)
            if not rows:
                if after is None:
                    return count
                after = None
                continue
            after = rows[-1][1:]
            changed = [_wrapped_anew(self._kek, of, row) for row in rows]
            async with self._pool.transaction() as connection:
                writing = connection.cursor()
                await writing.executemany(_update(of), changed)
                count += writing.rowcount

    async def _rows(self, of: Wrapped, after: Sequence[Any] | None, batch: int) -> list[TupleRow]:
        """(wrapped, key…) of rows beyond `after`. Null is not `<>` anything: destroyed keys are passed over."""
        beyond = sql.SQL("true") if after is None else _beyond(of)
        query = sql.SQL("select {}, {} from {} where {} <> %s and {} order by {} limit %s").format(
            _name(of.column), _key(of), _name(of.table), _name(of.by), beyond, _key(of)
        )
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query, (self._kek.name, *(after or ()), batch))
            return await cursor.fetchall()


async def check_columns(connection: AsyncConnection[TupleRow]) -> None:
    """Every column of bytes that this database has is accounted for. Raises Corrupt `column_unknown`."""
    known = {(each.table, column) for each in WRAPPED for column in (each.column, each.by)} | OTHER_BYTES.keys()
    there = set(await (await connection.execute(BYTES)).fetchall())
    if differing := there ^ known:
        names = ", ".join(sorted(f"{table}.{column}" for table, column in differing))
        raise Corrupt("column_unknown", f"{names}: wrapped or not? see vault/wrapped.py")


def _wrapped_anew(kek: KeyEncryptionKeys, of: Wrapped, row: Sequence[Any]) -> Mapping[str, Any]:
    old, *key = row
    place = of.place(*key)
    named = {f"key{n}": value for n, value in enumerate(key)}
    return {"old": old, "new": kek.wrap(kek.unwrap(old, place), place), **named}


def _update(of: Wrapped) -> sql.Composed:
    row = sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(_name(column), sql.Placeholder(f"key{n}")) for n, column in enumerate(of.key)
    )
    return sql.SQL("update {table} set {column} = %(new)s where {row} and {column} = %(old)s").format(
        table=_name(of.table), column=_name(of.column), row=row
    )


def _key(of: Wrapped) -> sql.Composed:
    return sql.SQL(", ").join(map(_name, of.key))


def _beyond(of: Wrapped) -> sql.Composed:
    return sql.SQL("({}) > ({})").format(_key(of), sql.SQL(", ").join(sql.Placeholder() * len(of.key)))


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(name)
