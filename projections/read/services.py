"""What one company sells. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """price: of one, in the currency's smallest unit. retired: it is sold no more; deals may have it still."""

    id: str
    name: str
    price: int
    currency: str
    retired: bool


async def services(conn: Connection, company: str) -> tuple[Service, ...]:
    """By name; retired ones too: who looks at an old deal meets them."""
    query = "select id, name, price, currency, retired from core.services where company_id = %s order by name, id"
    async with conn.cursor(row_factory=class_row(Service)) as cursor:
        return tuple(await (await cursor.execute(query, (company,))).fetchall())
