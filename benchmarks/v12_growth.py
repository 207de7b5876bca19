"""V12: growth: what an event and a read cost with tables ten times as full, against what they cost at 1×.

    python -m benchmarks.v12_growth [--leads N] [--rounds N]

Two generations on one embedded server (fsync on), filled by the product's own projector with the same kind of history,
one ten times as long, then vacuumed and analysed as autovacuum does in time. They take turns within each round:

* `projector`: the same new leads and their whole lives through `PostgresProjector` behind its `Lanes` (V5's subject),
  µs an event. This is the published ratio.
* `writer_load`: the writer's one question to the journal (`JournalReader.load`) for leads that are there, µs a stream.
* `page`: the first page of leads, the conversations of one, and its timeline, as the API reads them, µs for the three.

`blocks`: of PostgreSQL's buffers touched for the same (an event, a stream, a page): what a query really has to look at,
whatever else the machine does. They grow with the depth of an index, and with nothing else.

Each round adds to both, so that the large one is ten times the small one in the middle of the run.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import psycopg

from benchmarks.alone import PREFIX, asked, blocks, own_postgres
from benchmarks.projection_workload import PARTITIONS, WORDS
from benchmarks.publish import publish
from domain.access.sight import WHOLE
from domain.kernel.ids import partition_of
from projections.generation import create_generation, dsn_for
from projections.journal import JournalReader
from projections.lanes import Lanes
from projections.names import Passwords, Role
from projections.pool import open_pool
from projections.postgres import PostgresProjector
from projections.read import conversations, leads, timeline
from projections.read.db import ReadDb
from projections.run import MAX_RECORDS
from proof.ground.histories import COMPANY, Log, Story, set_up

LOGIN: Final = Passwords(projector="bench", runner="bench", app="bench", writer="bench", provisioner="bench")
FACTOR: Final = 10
ADDED: Final = 30
"""Leads of one round: few beside those that are there."""

ASKED: Final = 40
"""Streams of one question of the writer: about what a batch of commands needs that is not cached."""

QUESTIONS: Final = 10
"""Of the writer, in a round."""

PARTS: Final = {"projector": "project", "writer_load": "load", "page": "page"}


@dataclass(slots=True)
class Full:
    """A generation and the log that it was filled from."""

    admin: str
    n: int
    log: Log
    stories: list[Story]
    applied: int = 0

    def dsn(self, role: Role | None = None) -> str:
        return dsn_for(self.admin, self.n, role, LOGIN.by_role()[role] if role else "", prefix=PREFIX)

    def live(self, count: int) -> None:
        """New leads live their whole lives: V5's, one after the other in groups of fifty."""
        new = [Story(self.log, f"{self.n}-{len(self.stories) + i}") for i in range(count)]
        self.stories += new
        for at in range(0, count, 50):
            group = new[at : at + 50]
            for story in group:
                story.arrives()
            for words in WORDS:
                for story in group:
                    story.writes(words)
            for story in group:
                story.turn_closes()
                story.replies(chunks=2)
            for seq in range(2):
                for story in group:
                    story.attempts(1, seq)
                    story.sends(1, seq)

    async def project(self, _draw: Random | None = None) -> tuple[float, int]:
        """What is new; (seconds, events)."""
        commits = self.log.commits[self.applied :]
        self.applied = len(self.log.commits)
        events = sum(len(commit.records) for commit in commits)
        async with PostgresProjector(self.dsn(Role.PROJECTOR), self.n, self.log.keys) as projector:
            await projector.open_positions(self.log.genesis(), active=self.n)
            began = time.perf_counter()
            async with Lanes(projector.apply, most=MAX_RECORDS) as lanes:
                for at in range(0, len(commits), MAX_RECORDS // 2):
                    await lanes.put(commits[at : at + MAX_RECORDS // 2])
                await lanes.drained()
            return time.perf_counter() - began, events

    async def vacuumed(self) -> None:
        async with await psycopg.AsyncConnection.connect(self.dsn(), autocommit=True) as conn:
            await conn.execute("vacuum analyze")
            await conn.execute("checkpoint")

    async def load(self, draw: Random) -> tuple[float, int]:
        """The writer's question, some times; (seconds, streams)."""
        seconds, count = 0.0, 0
        async with open_pool(self.dsn(Role.WRITER), size=1) as pool:
            reader = JournalReader(pool)
            for n in range(QUESTIONS + 1):
                asked = draw.sample(self.stories, ASKED)
                streams = [(story.journey, name) for story in asked for name in (story.lead_stream, story.stream)]
                commands = [(story.journey, self.log.command_id()) for story in asked]
                began = time.perf_counter()
                found = await reader.load(partition_of(asked[0].journey, PARTITIONS), streams, commands)
                assert len(found.events) == len(streams), "all of them have a past"
                if n:  # the first one opens the connection
                    seconds += time.perf_counter() - began
                    count += len(streams)
        return seconds, count

    async def page(self, draw: Random) -> tuple[float, int]:
        """Three reads of the API, for many leads; (seconds, leads)."""
        asked = draw.sample(self.stories, ASKED)
        async with ReadDb(self.dsn(Role.RUNNER), size=1) as db:
            began = 0.0
            for n, story in enumerate((asked[0], *asked)):
                began = time.perf_counter() if n == 1 else began  # the first one opens the connection
                async with db.company(COMPANY, WHOLE) as conn:
                    assert len((await leads.leads(conn, COMPANY)).items) == 50
                    assert (await conversations.conversations(conn, COMPANY, lead=story.lead)).items
                    assert (await timeline.timeline(conn, COMPANY, story.conversation)).items
            return time.perf_counter() - began, len(asked)


async def filled(admin: str, n: int, count: int) -> Full:
    await create_generation(admin, n, LOGIN, prefix=PREFIX)
    log = Log(PARTITIONS)
    set_up(log)
    full = Full(admin, n, log, [])
    full.live(count)
    await full.project()
    await full.vacuumed()
    return full


async def cost(admin: str, full: Full, part: str, draw: Random) -> tuple[float, float]:
    """(µs, blocks) of one unit."""
    before = await blocks(admin, full.n)
    seconds, count = await getattr(full, PARTS[part])(draw)
    return seconds / count * 1e6, (await blocks(admin, full.n) - before) / count


def told(part: str, small: Sequence[tuple[float, float]], large: Sequence[tuple[float, float]]) -> dict[str, Any]:
    us, touched = (([one[which] for one in small], [one[which] for one in large]) for which in (0, 1))
    return {
        "part": part,
        "us": [round(statistics.median(each), 1) for each in us],
        "ratio": round(statistics.median(b / a for a, b in zip(*us, strict=True)), 3),
        "blocks": [round(statistics.median(each), 1) for each in touched],
        "blocks_ratio": round(statistics.median(b / a for a, b in zip(*touched, strict=True)), 3),
    }


async def measure(admin: str, count: int, rounds: int) -> dict[str, Any]:
    added = ADDED * (rounds + 1)
    small = await filled(admin, 1, count)
    large = await filled(admin, 2, FACTOR * (count + added // 2) - added // 2)
    gc.collect()
    gc.freeze()  # the history is the benchmark's own
    taken: dict[str, tuple[list[tuple[float, float]], list[tuple[float, float]]]] = {part: ([], []) for part in PARTS}
    for n in range(rounds + 1):
        sides = [(0, small), (1, large)]
        for side, full in sides if n % 2 else reversed(sides):
            full.live(ADDED)
            draw = Random(n)
            for part in PARTS:
                one = await cost(admin, full, part, draw)
                if n:
                    taken[part][side].append(one)
        sys.stdout.write(f"round {n}{' (warm-up)' if n == 0 else ''}\n")
        sys.stdout.flush()
    parts = [told(part, *each) for part, each in taken.items()]
    return {
        "id": "V12",
        "what": "growth: cost of an event at ten times the data",
        "floor": {"what": "the same at 1×", "us_an_event": parts[0]["us"][0]},
        "subject": {"us_an_event": parts[0]["us"][1]},
        "ratio": parts[0]["ratio"],
        "goals": [1.1, 1.05],
        "parts": parts,
        "events": {"small": len(small.log.records), "large": len(large.log.records)},
        "rounds": rounds,
    }


def main() -> int:
    given = asked(__doc__, leads=400, rounds=7)
    with own_postgres("v12") as config:
        result = asyncio.run(measure(config.dsn(), given.leads, given.rounds))
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
