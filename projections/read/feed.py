"""The events of one company as they reach the journal, in log order within each partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from domain.kernel.errors import Corrupt
from eventlog.codec import Codec, default_codec
from eventlog.model import Position, Recorded, Refusal
from projections.pool import Connection

BATCH: Final = 200
"""Rows read at once: a reader who was away for long catches up in steps and holds no transaction meanwhile."""

WINDOW: Final = 2_000
"""Offsets of each partition that are looked at for them: what others see is passed over at some 10 µs a row."""

AFTER: Final = """
select j.epoch, j.partition, j.log_offset, j.value
from unnest(%(partitions)s::int[], %(offsets)s::bigint[]) as seen (partition, next)
join core.journal j on j.partition = seen.partition and j.log_offset >= seen.next
    and j.log_offset < seen.next + %(window)s
where j.company_id = %(company)s order by j.partition, j.log_offset limit %(limit)s
"""


class Fed(NamedTuple):
    """until: partition → what is projected before this offset was looked at."""

    entries: tuple[tuple[Position, Recorded | Refusal], ...]
    until: Mapping[int, int]


async def events_after(conn: Connection, company: str, after: Mapping[int, int], codec: Codec | None = None) -> Fed:
    """At most `BATCH` events and refusals at or beyond the given next offsets, by partition and offset: those that the
    connection's reader sees.

    after: partition → the first offset not yet seen. Rows that cannot be decoded are left out: they are quarantined.
    """
    codec = codec or default_codec()
    cursor = await conn.execute(
        AFTER,
        {
            "company": company,
            "partitions": list(after),
            "offsets": list(after.values()),
            "window": WINDOW,
            "limit": BATCH,
        },
    )
    rows = await cursor.fetchall()
    found: list[tuple[Position, Recorded | Refusal]] = []
    for epoch, partition, offset, value in rows:
        try:
            decoded = codec.decode(bytes(value))
        except Corrupt:
            continue
        if isinstance(decoded, Recorded | Refusal):
            found.append((Position(epoch, partition, offset), decoded))
    return Fed(tuple(found), looked_until(after, rows))


def looked_until(after: Mapping[int, int], rows: Sequence[tuple[Any, ...]]) -> dict[int, int]:
    """A full batch ends somewhere in the partition of its last row; those after it were not reached."""
    whole = {partition: offset + WINDOW for partition, offset in after.items()}
    if len(rows) < BATCH:
        return whole
    _, last, offset, _ = rows[-1]
    return {partition: end for partition, end in whole.items() if partition < last} | {last: offset + 1}
