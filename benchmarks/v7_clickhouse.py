"""V7: rows a second into the analytics tables, against INSERT SELECT of the same rows on the same server.

    python -m benchmarks.v7_clickhouse [--leads N] [--rounds N]

Both run on one embedded server, one after the other in each round, into a fresh generation. Subject: the product's
`Session`, `Projection` and `ClickHouseStore`, as a rebuild runs them, on verified commits: rows, plans, claims, blocks
in ClickHouse's Native format over HTTP, the tables fed by them, done marks. Floors: one INSERT SELECT of the finished
rows into the same tables with what feeds from them, and into a copy of the fact table that feeds nothing. Reading Kafka
and decoding are not in it (V6).
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from clickhouse_connect.driver.asyncclient import AsyncClient

from benchmarks.alone import asked
from benchmarks.projection_workload import history
from benchmarks.publish import publish
from benchmarks.v5_projection import batches
from embedded import clickhouse
from embedded.clickhouse import ClickHouseConfig
from eventlog.model import Anchor, Commit
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.generations import generation_database, run
from projections.clickhouse.plan import BLOCK_ROWS
from projections.clickhouse.projection import Projection
from projections.clickhouse.projector import Session
from projections.clickhouse.rebuild import LINGER_S
from projections.clickhouse.rows import rows_of
from projections.clickhouse.store import ClickHouseStore
from projections.clickhouse.tables import create_tables, table_statements
from proof.embedded_servers import PASSWORD, READONLY_PASSWORD, clickhouse_server
from proof.ground.histories import Log
from proof.servers import data_folder, reserved_port

POLL: Final = 2_000
"""Records of one poll of the consumer."""

PARTITIONS: Final = 3
"""So few that each fills several blocks (65,000 rows: three full ones and the rest), as those of a long log do."""

SOURCE: Final = 1
"""The generation that the floors copy from."""


class Polls:
    """The history as a consumer gives it, read and decoded already."""

    def __init__(self, log: Log) -> None:
        self._genesis = log.genesis()
        self._polls = []
        for commits in batches(log, POLL):
            poll: dict[int, list[Commit]] = {}
            for commit in commits:
                poll.setdefault(commit.partition, []).append(commit)
            self._polls.append(poll)
        self._polls.reverse()

    async def poll(self, _timeout_ms: int) -> Mapping[int, Sequence[Commit]]:
        await asyncio.sleep(0)
        return self._polls.pop()

    async def end_offsets(self) -> Mapping[int, int]:
        return {}

    async def caught_up(self, _ends: Mapping[int, int]) -> bool:
        return not self._polls

    def anchor(self, partition: int) -> Anchor:
        return self._genesis[partition]


async def fresh(client: AsyncClient, target: Target, number: int) -> str:
    database = generation_database(target, number)
    await run(client, f"DROP DATABASE IF EXISTS {database} SYNC", *table_statements(database))
    return database


async def subject(client: AsyncClient, target: Target, number: int, log: Log) -> float:
    await fresh(client, target, number)
    store = ClickHouseStore(client, target, number, must_be_active=False)
    cut = Polls(log)
    started = time.perf_counter()
    projection = await Projection.open(store, log.genesis(), linger_s=LINGER_S)
    await Session(cut, projection).until_caught_up()
    return time.perf_counter() - started


async def floor(client: AsyncClient, target: Target, number: int, *, feeds: bool) -> float:
    database = await fresh(client, target, number)
    source = f"{generation_database(target, SOURCE)}.events"
    table = f"{database}.events" if feeds else f"{database}.bare"
    if not feeds:
        await run(client, f"CREATE TABLE {table} AS {database}.events")
    started = time.perf_counter()
    await run(client, f"INSERT INTO {table} SELECT * FROM {source}")
    return time.perf_counter() - started


def mapping(log: Log) -> float:
    """Only commits to rows, in this process."""
    started = time.perf_counter()
    for commit in log.commits:
        rows_of(commit, lambda _: "")
    return time.perf_counter() - started


async def measure(target: Target, leads: int, rounds: int) -> dict[str, object]:
    log = history(leads, partitions=PARTITIONS)
    rows = len(log.records)
    gc.freeze()  # the history is the benchmark's own: collecting through it would be measured as the product's time
    rates: dict[str, list[float]] = {"subject": [], "floor": [], "floor_facts_only": [], "mapping": []}
    await create_tables(target)
    async with connect(target) as client:
        await subject(client, target, SOURCE, log)  # the rows to copy, and the warm-up
        for n in range(rounds):
            rates["floor"].append(rows / await floor(client, target, 2, feeds=True))
            rates["subject"].append(rows / await subject(client, target, 3, log))
            rates["floor_facts_only"].append(rows / await floor(client, target, 4, feeds=False))
            rates["mapping"].append(rows / mapping(log))
            shown = ", ".join(f"{name} {values[-1]:,.0f}/s" for name, values in rates.items())
            sys.stdout.write(f"round {n + 1}: {shown}\n")
    ratios = {
        name: round(statistics.median(s / f for s, f in zip(rates["subject"], rates[name], strict=True)), 3)
        for name in ("floor", "floor_facts_only")
    }
    return {
        "id": "V7",
        "what": "ClickHouse ingest, rows a second",
        "rows_per_s": {name: round(statistics.median(values)) for name, values in rates.items()},
        "ratio": ratios["floor"],
        "ratio_facts_only": ratios["floor_facts_only"],
        "goals": [0.40, 0.60],
        "rows": rows,
        "block_rows": BLOCK_ROWS,
        "partitions": log.partitions,
        "rounds": rounds,
    }


def main() -> int:
    given = asked(__doc__, leads=15_000, rounds=5)
    with data_folder("v7") as folder, reserved_port() as port:
        config = ClickHouseConfig(folder / "clickhouse", port, PASSWORD, READONLY_PASSWORD)
        server = clickhouse_server(config)
        server.start(partial(clickhouse.ready, config))
        target = Target(host=config.host, port=port, user=config.user, password=PASSWORD, database="bench")
        try:
            result = asyncio.run(measure(target, given.leads, given.rounds))
        finally:
            server.stop()
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
