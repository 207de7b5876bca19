"""V5: events applied to the Postgres projection a second, against a raw unnest upsert of the same rows.

    python -m benchmarks.v5_projection [--leads N] [--rounds N] [--batch N]

Both run in this process, one after the other in each round, on one embedded server (fsync on), as the projector's role,
into emptied tables under forced row level security, in pipeline mode. Subject: the product's `PostgresProjector` behind
its `Lanes`, as `run_projector` feeds it, on verified commits: questions, gap check, opening of personal fields,
handlers, merging, journal, effects, position, NOTIFY. Floor: one connection, a transaction a batch, the ready-made
statements and arrays of the same commits, nothing else. Reading Kafka and decoding are not in it (V6).
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg.types.numeric import Int8BinaryDumper

from benchmarks.alone import PREFIX, asked, own_postgres
from benchmarks.projection_workload import history
from benchmarks.publish import publish
from benchmarks.turns import take_turns
from eventlog.model import Commit
from projections.engine.batch import Statement
from projections.generation import create_generation, dsn_for
from projections.lanes import Lanes
from projections.names import Passwords, Role
from projections.plan import Known, plan, questions
from projections.postgres import PostgresProjector
from projections.run import MAX_RECORDS
from proof.ground.histories import Log

LOGIN: Final = Passwords(projector="bench", runner="bench", app="bench", writer="bench", provisioner="bench")


def batches(log: Log, size: int) -> list[list[Commit]]:
    """By records, as the consumer polls them."""
    made: list[list[Commit]] = [[]]
    records = 0
    for commit in log.commits:
        if records >= size:
            made.append([])
            records = 0
        made[-1].append(commit)
        records += len(commit.records)
    return made


async def planned(log: Log, cut: Sequence[Sequence[Commit]]) -> list[list[Statement]]:
    """What the projector writes for each batch."""
    versions: dict[str, int] = {}
    made = []
    for commits in cut:
        keys = await log.keys.open_pairs(questions(commits).subjects)
        instances = dict.fromkeys(questions(commits).conversations, "instance")
        made.append(list(plan(commits, Known(versions=versions, keys=keys, instances=instances)).statements))
        versions |= {event.stream: event.meta.version for commit in commits for event in commit.events}
    return made


async def emptied(admin: str) -> None:
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as conn:
        cursor = await conn.execute(
            "select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables"
            " where schemaname in ('core', 'work') and tablename <> 'generation'"
        )
        row = await cursor.fetchone()
        await conn.execute(f"truncate {row[0] if row else ''}")
        await conn.execute("checkpoint")


async def floor(dsn: str, ready_made: Sequence[Sequence[Statement]]) -> float:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        conn.adapters.register_dumper(int, Int8BinaryDumper)
        started = time.perf_counter()
        for statements in ready_made:
            async with conn.pipeline(), conn.transaction():
                for query, arrays in statements:
                    await conn.execute(query, arrays)
        return time.perf_counter() - started


async def subject(dsn: str, log: Log, cut: Sequence[Sequence[Commit]]) -> float:
    async with PostgresProjector(dsn, 1, log.keys) as projector:
        await projector.open_positions(log.genesis(), active=1)
        started = time.perf_counter()
        async with Lanes(projector.apply, most=MAX_RECORDS) as lanes:
            for commits in cut:
                await lanes.put(commits)
            await lanes.drained()
        return time.perf_counter() - started


async def measure(admin: str, leads: int, rounds: int, size: int) -> dict[str, object]:
    await create_generation(admin, 1, LOGIN, prefix=PREFIX)
    own = dsn_for(admin, 1, None, "", prefix=PREFIX)
    dsn = dsn_for(admin, 1, Role.PROJECTOR, LOGIN.projector, prefix=PREFIX)
    log = history(leads)
    cut = batches(log, size)
    ready_made = await planned(log, cut)
    events = len(log.records)
    gc.freeze()  # the history is the benchmark's own: collecting through it would be measured as the product's time

    async def floor_from_empty() -> float:
        await emptied(own)
        return await floor(dsn, ready_made)

    async def subject_from_empty() -> float:
        await emptied(own)
        return await subject(dsn, log, cut)

    turns = await take_turns(events, rounds, floor_from_empty, subject_from_empty)
    low, high = turns.figures()
    return {
        "id": "V5",
        "what": "Postgres projection, events applied a second",
        "floor": {"what": "raw unnest upsert of the same rows", "events_per_s": low["events_per_s"]},
        "subject": {"events_per_s": high["events_per_s"]},
        "ratio": turns.ratio,
        "goals": [0.70, 0.85],
        "events": events,
        "batch_records": size,
        "rounds": rounds,
    }


def main() -> int:
    given = asked(__doc__, leads=1_000, rounds=5, batch=MAX_RECORDS)
    with own_postgres("v5") as config:
        result = asyncio.run(measure(config.dsn(), given.leads, given.rounds, given.batch))
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
