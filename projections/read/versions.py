"""The version that a stream has in this generation: the journal knows, and is written in the read models' own
transaction. `conn`: from `ReadDb.system` or `ReadDb.statement`."""

from __future__ import annotations

from projections.pool import Connection


async def stream_version(conn: Connection, stream: str) -> int:
    """0 of one without an event. The end of an index: 0.1 ms, however long the stream."""
    cursor = await conn.execute(
        "select version from core.journal where stream = %s and applied and version is not null"
        " order by version desc limit 1",
        (stream,),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
