"""What two projections hold of a log, counted from outside: rows read by superusers beside the records that were
written, and tables beside those of a rebuild."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from projections.clickhouse.connection import connect
from projections.clickhouse.rebuild import rebuild
from proof.ground.projected import Projected
from proof.oracle.tables import differing, digests, rows
from proof.tally import Tally

Place = tuple[int, int]
"""(partition, offset) of a record."""


async def postgres_tally(ground: Projected) -> Tally:
    """lost: records without a row of the journal. phantom: rows without a record, tables that differ from a rebuild.
    unresolved: partitions whose position is not the log's end."""
    dsn = ground.places.generation.dsn()
    found = Counter[Place]()
    for partition, offset in await rows(dsn, "select partition, log_offset from core.journal"):
        found[int(str(partition)), int(str(offset))] += 1
    tables = differing(await digests(dsn), await digests((await ground.rebuilt()).dsn()))
    ends = {commit.partition: (commit.next_offset, commit.head) for commit in ground.log.commits}
    positions = {
        partition: (offset, head)
        for partition, offset, head in await rows(dsn, "select partition, next_offset, head from work.positions")
    }
    late = [partition for partition, end in ends.items() if positions.get(partition) != end]
    return _counted(
        ground,
        found,
        "PostgreSQL",
        [f"PostgreSQL: table {table} is not that of a rebuild" for table in tables],
        [f"PostgreSQL: partition {partition} does not stand at the log's end" for partition in late],
    )


async def clickhouse_tally(ground: Projected) -> Tally:
    """lost, doubled, phantom: rows of `events` by place. phantom: also views that differ from a rebuild's."""
    found = Counter[Place]()
    async with connect(ground.places.clickhouse) as client:
        query = "SELECT `partition`, `offset`, count() FROM legion.events GROUP BY ALL"
        for partition, offset, times in (await client.query(query)).result_rows:
            found[int(partition), int(offset)] = int(times)
    compared = (await rebuild(ground.places.analytics, flip=False)).compared
    views = [
        f"ClickHouse: view {name} shows {old}, a rebuild {new}" for name, (old, new) in compared.items() if old != new
    ]
    return _counted(ground, found, "ClickHouse", views, [])


def _counted(ground: Projected, found: Counter[Place], store: str, different: list[str], late: list[str]) -> Tally:
    wanted = {(record.partition, record.offset) for record in ground.log.records}
    lost, foreign = wanted - found.keys(), found.keys() - wanted
    doubled = {place: times - 1 for place, times in found.items() if times > 1}
    return Tally(
        0,
        lost=len(lost),
        doubled=sum(doubled.values()),
        phantom=len(foreign) + len(different),
        unresolved=len(late),
        examples=(
            *_named(store, "has no row for", lost),
            *_named(store, "has more than one row for", doubled),
            *_named(store, "has a row of no record for", foreign),
            *different,
            *late,
        ),
    )


def _named(store: str, what: str, places: Iterable[Place]) -> list[str]:
    return [f"{store} {what} partition {p} offset {offset}" for p, offset in sorted(places)[:2]]
