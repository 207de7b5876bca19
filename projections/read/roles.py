"""Roles that companies made for themselves. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from projections.pool import Connection


async def role_name(conn: Connection, company: str, role_id: str) -> str | None:
    """As people call it, a retired one too; None where there is no such role."""
    cursor = await conn.execute("select name from core.roles where company_id = %s and id = %s", (company, role_id))
    row = await cursor.fetchone()
    return None if row is None else str(row[0])
