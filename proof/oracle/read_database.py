"""The read database of a running stack beside the log and beside a rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

from eventlog.model import Commit
from proof.ground.running import Running
from proof.ground.stack import operate
from proof.tally import Tally


async def read_database_tally(running: Running, log: Sequence[Commit]) -> Tally:
    """log: all commits up to some moment before. lost: their records without a row of the journal. phantom: rows
    before their end that are no records, tables that differ from those of `legion rebuild --compare`."""
    ends = {commit.partition: commit.next_offset for commit in log}
    records = {(record.partition, record.offset) for commit in log for record in commit.records}
    rows = {
        (int(str(partition)), int(str(offset)))
        for partition, offset in await running.rows("select partition, log_offset from core.journal")
        if int(str(offset)) < ends.get(int(str(partition)), 0)
    }
    done = await asyncio.to_thread(operate, running.stack, "rebuild", "--compare", "--json")
    assert done.stdout, done.stderr.decode()
    differing = orjson.loads(done.stdout)["differing"]
    lost, foreign = sorted(records - rows), sorted(rows - records)
    return Tally(
        0,
        lost=len(lost),
        phantom=len(foreign) + len(differing),
        facts={"records": float(len(records))},
        examples=(
            *(f"the journal lacks partition {p} offset {offset}" for p, offset in lost[:1]),
            *(f"the journal has partition {p} offset {offset}, the log has not" for p, offset in foreign[:1]),
            *(f"table {table} differs from a rebuild's" for table in differing[:2]),
        ),
    )
