"""The companies' own schemas: their views, and who may read them. No event has them, so no sum of tables does."""

from __future__ import annotations

import psycopg

from projections.pool import unavailable_when_away

VIEWS = """
select n.nspname, n.nspacl::text, c.relname, c.relacl::text from pg_namespace n
join pg_class c on c.relnamespace = n.oid where n.nspname ~ '^c_[0-9a-f]{32}$' order by 1, 3
"""


async def company_views(dsn: str) -> list[tuple[str, ...]]:
    """(schema, its rights, view, its rights). Raises Unavailable."""
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            return [tuple(map(str, row)) for row in await (await conn.execute(VIEWS)).fetchall()]
