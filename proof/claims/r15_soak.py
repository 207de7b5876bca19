"""R15: the stack under steady load for a long time."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import orjson

from domain.kernel.errors import LegionError
from proof.claim import Claim, Stage
from proof.ground.running import BACK_S, Running, at_work, leads_write
from proof.ground.stack import Stack, legion, wait_ready
from proof.oracle.accepted import judge_accepted, judge_answers
from proof.oracle.growth import Line, fit
from proof.oracle.processes import Sample, children, look
from proof.oracle.timelines import Faults
from proof.tally import EXAMPLES, Tally

EVERY_S: Final = 5.0
ASK_S: Final = 10.0
"""A new lead asks for an answer each so often, beside those that write all the time: typing, sending and the AI leak
elsewhere than receiving does."""

WARM: Final = 0.5
"""Share of the run in which caches fill and heaps find their size: not measured."""

SIMULATED: Final = "evolution"
"""It plays the provider, who keeps every chat."""

SUPERVISOR: Final = "supervisor"
"""All others descend from it, so it counts alone."""

POSTGRES: Final = "postgres"
LIFE_S: Final = 3600.0
"""Of a connection in our pools. What PostgreSQL keeps for one (catalogue, plans) fills for as long, and goes with it: a
shorter run says nothing about that."""

MEMORY_KIB: Final = 256
"""Of the writer's streams, for each partition: full within minutes."""

MORE_FILES: Final = 8
MORE_THREADS: Final = 8
SHOWN: Final = 12
"""Numbers of a series that a finding tells."""

MORE_CONNECTIONS: Final = 8
DEAD_TUPLES: Final = 100_000
"""Autovacuum comes once a minute; at this load a minute makes some ten thousand."""

_POSTGRES: Final = """
select (select count(*) from pg_stat_activity where backend_type = 'client backend'),
    (select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables)
"""


@dataclass(slots=True)
class Record:
    """Everything measured. seen: name → (seconds since the start, sample)."""

    seen: dict[str, list[tuple[float, Sample]]] = field(default_factory=lambda: defaultdict(list))
    connections: list[int] = field(default_factory=list)
    dead_tuples: list[int] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)


async def play(stage: Stage) -> Tally:
    """A round is a minute."""
    with _stack(stage) as stack:
        async with at_work(stack) as running:
            return await _soaked(stage, running)


@contextmanager
def _stack(stage: Stage) -> Iterator[Stack]:
    bugs = {"writer": "proof.bugs.leak"} if stage.control else {}
    given = {
        "data": str(stage.folder / "data"),
        "clock": None,
        "bugs": bugs,
        "env": {"writer": {"LEGION_WRITER_MEMORY_KIB": str(MEMORY_KIB)}},
        # A heap that has not found its size yet looks like a leak for an hour.
        "argv": {"kafka": ["--whole-heap"]},
    }
    with legion(stage.folder, program=("proof.ground.stack_program", orjson.dumps(given).decode())) as stack:
        wait_ready(stack)
        yield stack


async def _soaked(stage: Stage, running: Running) -> Tally:
    record, faults, unresolved = Record(), Faults(), 0
    try:
        async with leads_write(running):
            await _measure(running, record, stage.rounds * 60.0)
        stall_s = stage.patience(BACK_S)
        unresolved += await judge_accepted(running, faults, stall_s)
        unresolved += await judge_answers(running, record.phones, faults, stall_s)
    except LegionError as late:
        unresolved += 1
        faults.examples.append(late.detail)
    grown = _grown(record)
    return Tally(
        n=stage.rounds,
        lost=faults.lost,
        doubled=faults.doubled,
        phantom=faults.phantom,
        unresolved=unresolved + len(grown),
        facts={
            "bodies_accepted": len(running.accepted),
            "leads_answered": len(record.phones),
            "samples": sum(map(len, record.seen.values())),
            "most_connections": max(record.connections, default=0),
            "most_dead_tuples": max(record.dead_tuples, default=0),
            **_slopes(record),
        },
        examples=(*grown, *faults.examples)[:EXAMPLES],
    )


async def _measure(running: Running, record: Record, seconds: float) -> None:
    began = time.monotonic()
    asked_at = began - ASK_S
    while (now := time.monotonic()) < began + seconds:
        pid = running.stack.process.pid
        for name, child in {SUPERVISOR: pid, **children(pid)}.items():
            if (sample := look(child, family=name != SUPERVISOR)) is not None:
                record.seen[name].append((now - began, sample))
        [(connections, dead)] = await running.rows(_POSTGRES)
        record.connections.append(int(str(connections)))
        record.dead_tuples.append(int(str(dead)))
        if now - asked_at >= ASK_S:
            asked_at = now
            record.phones.append(await running.asks())
        await asyncio.sleep(EVERY_S)


def _late(record: Record, name: str) -> list[tuple[float, Sample]]:
    samples = record.seen[name]
    return [each for each in samples if each[0] >= WARM * samples[-1][0]]


def _line(record: Record, name: str) -> Line:
    return fit([(at, sample.memory) for at, sample in _late(record, name)])


def _more(numbers: list[int]) -> float:
    """By how much the last third is above the first, by their medians: one moment says nothing about either."""
    third = len(numbers) // 3
    return median(numbers[-third:]) - median(numbers[:third]) if third else 0.0


def _slopes(record: Record) -> dict[str, float]:
    """Of each process: growth in per cent an hour, and half of its 95 % interval."""
    facts: dict[str, float] = {}
    for name in record.seen:
        line = _line(record, name)
        facts[f"{name}_mib"] = line.size / 2**20
        facts[f"{name}_percent_an_hour"] = 100 * line.per_hour
        facts[f"{name}_give_or_take"] = 100 * line.give
    return facts


def _grown(record: Record) -> list[str]:
    """What is over its limit, in words."""
    found = []
    for name, samples in record.seen.items():
        if len({sample.pid for _, sample in samples}) > 1:
            found.append(f"{name} did not live through it")
        if name == SIMULATED or (name == POSTGRES and samples[-1][0] < 2 * LIFE_S):
            continue
        late, line = [sample for _, sample in _late(record, name)], _line(record, name)
        files, threads = [each.files for each in late], [each.threads for each in late]
        if line.too_steep:
            found.append(f"{name} grows: {line}")
        if _more(files) > MORE_FILES:
            found.append(f"{name} opens more and more files: {files[:: len(files) // SHOWN + 1]}")
        if _more(threads) > MORE_THREADS:
            found.append(f"{name} starts more and more threads: {threads[:: len(threads) // SHOWN + 1]}")
    half = len(record.connections) // 2
    if record.connections and max(record.connections[half:]) > max(record.connections[: half + 1]) + MORE_CONNECTIONS:
        found.append(f"{max(record.connections)} connections to PostgreSQL")
    if max(record.dead_tuples, default=0) > DEAD_TUPLES:
        found.append(f"{max(record.dead_tuples)} dead tuples")
    return found


CLAIM = Claim(
    id="R15",
    says=(
        "Under steady load no process of the stack grows by more than a hundredth an hour (a run shorter than two hours"
        " says: by more than a hundredth in its second half), by the lower end of the 95 % interval of the line through"
        " its own resident memory; none opens more and more files, threads or connections, none is started anew; dead"
        " tuples stay bounded; every body is an event and every lead gets an answer. What PostgreSQL keeps for its"
        " connections fills for as long as one lives (an hour) and is judged in runs of more than two; the simulated"
        " provider keeps every chat, and is not judged."
    ),
    unit="minutes",
    rounds=12,
    leg=12,
    quick=0,
    control_rounds=2,
    bug="The writer keeps a megabyte a second.",
    play=play,
    alone=True,
)
