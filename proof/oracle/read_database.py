"""The read database of a running stack beside the log and beside a rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import orjson

from eventlog.model import Commit
from proof.ground.patience import settled
from proof.ground.running import Running
from proof.ground.stack import operate
from proof.tally import Tally


async def read_database_tally(running: Running, log: Sequence[Commit], stall_s: float) -> Tally:
    """log: all commits up to some moment before. lost: their records without a row of the journal, when no more have
    come for so long. phantom: rows before their end that are no records, tables that differ from those of `legion
    rebuild --compare`."""
    ends = {commit.partition: commit.next_offset for commit in log}
    records = {(record.partition, record.offset) for commit in log for record in commit.records}

    async def missing() -> int:
        return len(records - await _rows(running, ends))

    await settled(missing, stall_s)  # what was just decided is not projected yet
    rows = await _rows(running, ends)
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


async def _rows(running: Running, ends: Mapping[int, int]) -> set[tuple[int, int]]:
    """(partition, offset) of the journal's rows before the ends."""
    return {
        (int(str(partition)), int(str(offset)))
        for partition, offset in await running.rows("select partition, log_offset from core.journal")
        if int(str(offset)) < ends.get(int(str(partition)), 0)
    }
