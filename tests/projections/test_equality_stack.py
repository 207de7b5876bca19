"""The tables are a function of the log: not of batch sizes, and not of how partitions interleave."""

from __future__ import annotations

import random

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.compare import TableSum, sums
from projections.names import Role
from proof.ground.generation import Generation, emptied
from proof.ground.moves import LEADS, MOVES, Step, history, interleaved
from tests.projections.conftest import MakeGeneration

pytestmark = pytest.mark.stack

HISTORIES = st.lists(
    st.tuples(st.integers(0, LEADS - 1), st.sampled_from(MOVES), st.integers(1, 3), st.integers(0, 2)),
    min_size=5,
    max_size=60,
)


async def sums_of(generation: Generation) -> dict[str, TableSum]:
    async with await psycopg.AsyncConnection.connect(generation.dsn(Role.PROJECTOR), autocommit=True) as conn:
        return await sums(conn)


async def test_any_history_gives_the_same_tables_in_any_batches_and_interleavings(
    make_generation: MakeGeneration,
) -> None:
    generation = await make_generation()
    seen: list[int] = []

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(HISTORIES, st.integers(0, 1000))
    def check(steps: list[Step], seed: int) -> None:
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        async def compare() -> None:
            log = history(steps)
            mixed = [interleaved(log, random.Random(seed + n)) for n in range(3)]
            ways = [(commits, size) for commits, size in zip([log.commits] * 3 + mixed, (1, 7, 1000) * 2, strict=True)]
            results = []
            for commits, size in ways:
                await emptied(generation)
                await generation.project(log, commits, batch=size)
                results.append(await sums_of(generation))
            assert all(result == results[0] for result in results), results
            assert results[0]["journal"].rows == len(log.records)
            assert results[0]["quarantine"].rows == 0
            seen.append(results[0]["effects"].rows)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, compare()).result()

    check()
    assert sum(seen) > 0


async def test_control_a_change_of_one_cell_shows_in_the_sums(generation: Generation) -> None:
    log = history([(0, "writes", 1, 0)])
    await generation.project(log)
    before = await sums_of(generation)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("update core.leads set opted_out = true where id = (select min(id) from core.leads)")
    after = await sums_of(generation)
    assert {name for name in before if before[name] != after[name]} == {"leads"}
