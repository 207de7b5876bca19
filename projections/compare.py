"""Are two generations equal, row by row? By an order-free hash of every table of `core`."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from projections.engine.table import SCHEMA
from projections.pool import Connection, unavailable_when_away
from projections.tables import TABLES


@dataclass(frozen=True, slots=True)
class TableSum:
    """rows and the XOR of their 64-bit hashes."""

    rows: int
    hash: int


@dataclass(frozen=True, slots=True)
class Difference:
    table: str
    left: TableSum
    right: TableSum


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """rows: of all tables, on the left side."""

    tables: int
    rows: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        return not self.differences


async def sums(conn: Connection) -> dict[str, TableSum]:
    """Every table of `core`, all of one snapshot. conn: as `legion_projector`, or an admin."""
    query = " union all ".join(
        f"select '{table.NAME}', count(*), coalesce(bit_xor(hash_record_extended(t, 0)), 0) from {SCHEMA}.{table.NAME} t"  # noqa: S608, E501 - our own names
        for table in TABLES
    )
    cursor = await conn.execute(query)
    return {name: TableSum(rows, hash_) for name, rows, hash_ in await cursor.fetchall()}


async def compare(left_dsn: str, right_dsn: str) -> Comparison:
    """Raises Unavailable. The databases must stand still, or at the same positions."""
    with unavailable_when_away():
        async with (
            await psycopg.AsyncConnection.connect(left_dsn, autocommit=True) as left_conn,
            await psycopg.AsyncConnection.connect(right_dsn, autocommit=True) as right_conn,
        ):
            left, right = await sums(left_conn), await sums(right_conn)
    return Comparison(
        tables=len(left),
        rows=sum(table.rows for table in left.values()),
        differences=tuple(
            Difference(name, left[name], right[name]) for name in sorted(left) if left[name] != right[name]
        ),
    )
