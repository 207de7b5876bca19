"""Channel instances of one company. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """status: `open` when it can send; the provider's word (`connecting`, `close`, `refused`), or `unknown`."""

    id: str
    channel: str
    provider: str
    external_name: str
    centurion_id: str | None
    status: str
    status_code: str | None
    status_at: datetime | None
    created_at: datetime


SELECT = (
    "select id, channel, provider, external_name, centurion_id, status, status_code, status_at, created_at"
    " from core.instances where company_id = %s"
)


async def instance(conn: Connection, company: str, instance_id: str) -> Instance | None:
    async with conn.cursor(row_factory=class_row(Instance)) as cursor:
        await cursor.execute(SELECT + " and id = %s", (company, instance_id))
        return await cursor.fetchone()


async def instances(conn: Connection, company: str) -> tuple[Instance, ...]:
    """All, by id."""
    async with conn.cursor(row_factory=class_row(Instance)) as cursor:
        await cursor.execute(SELECT + " order by id", (company,))
        return tuple(await cursor.fetchall())
