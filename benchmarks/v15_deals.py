"""V15: what deals cost to show and to open where one company has 100,000 of them, among 1,000 companies.

    python -m benchmarks.v15_deals [--deals N] [--companies N] [--rounds N]

Three generations on one embedded server (fsync on), filled by the product's own projector, the second a tenth and the
first a hundredth as full as the third, then vacuumed and analysed as autovacuum does in time. What a handoff opens is
done, as in life: its brief is written, its report is decided. They take turns within each round:

* `board`: all columns of a pipeline with their totals and twenty cards each (`read.board`), ms. Its floor, in the same
  round: PostgreSQL's own count of the same open deals, by an index alone.
* `page`: fifty deals of a stage, from a random place on (`read.deals`), ms.
* `index`: fifty deals of all companies, from a random place on (`read.deal_index`), ms. The floor of both: the same
  fifty rows by their keys.
* `event`: new leads that are handed off in the one company, through `PostgresProjector`, µs an event. The published
  ratio is V12's: at ten times as many, against what it costs at 1×. `hundredfold` is against a hundredth, whose indexes
  are a level less deep.
* `blocks`: as V12's, an event: what PostgreSQL really has to look at, whatever else the machine does.
* `after_checkpoint`: `event` once more, just after a checkpoint. A page's first change after one is written to the WAL
  as a whole page; ids are random (design §3): in large tables each change is the first one of its page until all are
  written, in small ones hardly any is. What a checkpoint costs is bounded by the pages that there are: it counts for
  less the more events come between two.

Of the reads the third generation is held against the first.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final, LiteralString

import psycopg

from benchmarks.alone import PREFIX, asked, blocks, own_postgres
from benchmarks.publish import publish
from domain.access.sight import WHOLE, Scope
from domain.conversion import events as v
from domain.conversion.milestones import conversion_id
from domain.conversion.parts import SkipReason
from domain.deal import events as d
from domain.deal.parts import HandoffReason, Money
from domain.kernel.ids import derived
from domain.lead import events as ld
from domain.pixel.settings import Milestone
from projections.generation import create_generation, dsn_for
from projections.lanes import Lanes
from projections.names import Passwords, Role
from projections.postgres import PostgresProjector
from projections.read.board import board
from projections.read.db import ReadDb
from projections.read.deal_index import deal_index
from projections.read.deals import deals
from projections.read.page import encode_cursor
from projections.run import MAX_RECORDS
from proof.ground.histories import COMPANY, Log, Story, usage

PARTITIONS: Final = 4
LOGIN: Final = Passwords(projector="bench", runner="bench", app="bench", writer="bench", provisioner="bench")
FACTORS: Final = (100, 10, 1)
"""How much less of the whole each generation has."""

STAGES: Final = tuple(derived("stage", n) for n in range(6))
HANDED_OFF: Final = 2
"""Version of the event that is reported."""

EACH: Final = 10
"""Deals of each of the other companies."""

ADDED: Final = 300
"""Leads handed off in one round."""

ASKED: Final = {"board": 10, "page": 50, "index": 50}
CARDS: Final = 20
BATCH: Final = 2_000
"""Leads made before they are projected: the history is not kept in memory."""

SERVER: Final = {"shared_buffers": "1GB", "checkpoint_timeout": "1h", "max_wal_size": "16GB"}
"""Memory as docker-compose.yml has it. No checkpoint comes but those that are asked for."""

FLOORS: Final = {
    "board": "select count(*) from core.deals where company_id = %(company)s and pipeline_id = 'p' and state = 'open'",
    "page": "select * from core.deals where company_id = %(company)s and id = any (%(ids)s)",
    "index": "select d.* from core.deals d join unnest(%(companies)s::text[], %(ids)s::text[]) as wanted (company, id)"
    " on d.company_id = wanted.company and d.id = wanted.id",
}


@dataclass(slots=True)
class Full:
    """A generation. places: (opened_at, deal) of some, to read on from."""

    admin: str
    n: int
    log: Log
    made: int = 0
    places: list[tuple[datetime, str]] = field(default_factory=list)

    def dsn(self, role: Role | None = None) -> str:
        return dsn_for(self.admin, self.n, role, LOGIN.by_role()[role] if role else "", prefix=PREFIX)

    def sold(self, company: str, count: int) -> None:
        """New leads that are handed off at once, and what is done about it."""
        for _ in range(count):
            self.made += 1
            story = Story(self.log, f"{self.n}-{self.made}", company=company)
            deal, stage = story.id("deal", 1), STAGES[self.made % len(STAGES)]
            lead: dict[str, Any] = {"lead": story.lead}
            story.commit(
                self.log.event(story.lead_stream, ld.LeadCreated, **lead, company=company, source="whatsapp"),
                self.log.event(
                    story.lead_stream, ld.LeadHandedOff, **lead, deal=deal, reason=HandoffReason.QUALIFIED, evidence=(),
                    assists=False,
                ),
                self.log.event(
                    f"deal-{deal}", d.DealOpened, deal=deal, **lead, company=company, pipeline="p", stage=stage,
                    value=Money(minor=100 * self.made, currency="BRL"),
                ),
            )  # fmt: skip
            story.commit(
                self.log.event(
                    f"deal-{deal}", d.DealBriefed, deal=deal, brief=story.sealed("deal.brief", "{}"), evidence=(),
                    usage=usage(),
                )
            )  # fmt: skip
            report = conversion_id(story.lead_stream, HANDED_OFF)
            story.commit(
                self.log.event(
                    f"conversion-{report}", v.ConversionSkipped, conversion=report, **lead,
                    milestone=Milestone.HANDED_OFF, pixel=None, reason=SkipReason.NO_PIXEL,
                )
            )  # fmt: skip
            if self.made % 10 == 0:
                self.places.append((story.log.at, deal))

    async def filled(self, count: int, companies: int) -> None:
        for at in range(0, count, BATCH):
            self.sold(COMPANY, min(BATCH, count - at))
            await self.project()
            sys.stdout.write(f"{at} of {count}\n")
            sys.stdout.flush()
        for number in range(companies):
            self.sold(derived("company", "bench", number), EACH)
        await self.project()
        await self.does("vacuum analyze")

    async def does(self, statement: LiteralString) -> None:
        async with await psycopg.AsyncConnection.connect(self.dsn(), autocommit=True) as conn:
            await conn.execute(statement)

    async def project(self) -> tuple[float, int]:
        """What is new; (seconds, events)."""
        commits = list(self.log.commits)
        self.log.commits.clear()
        self.log.records.clear()
        async with PostgresProjector(self.dsn(Role.PROJECTOR), self.n, self.log.keys) as projector:
            await projector.open_positions(self.log.genesis(), active=self.n)
            began = time.perf_counter()
            async with Lanes(projector.apply, most=MAX_RECORDS) as lanes:
                for at in range(0, len(commits), MAX_RECORDS // 4):
                    await lanes.put(commits[at : at + MAX_RECORDS // 4])
                await lanes.drained()
            return time.perf_counter() - began, sum(len(commit.records) for commit in commits)

    async def event(self) -> tuple[float, int]:
        """(µs, events)."""
        self.sold(COMPANY, ADDED)
        seconds, events = await self.project()
        return seconds / events * 1e6, events

    async def read(self, part: str, draw: Random) -> tuple[list[float], list[float]]:
        """ms of each read, and of its floor."""
        taken: tuple[list[float], list[float]] = [], []
        async with ReadDb(self.dsn(Role.RUNNER), size=1) as db:
            for n in range(ASKED[part] + 1):
                at, deal = draw.choice(self.places)
                began = time.perf_counter()
                ids = await self._read(db, part, encode_cursor(at, deal), draw)
                asked = time.perf_counter()
                async with db.system() as conn:
                    values = {"company": COMPANY, "ids": [id_ for _, id_ in ids], "companies": [c for c, _ in ids]}
                    await (await conn.execute(FLOORS[part].encode(), values)).fetchall()
                if n:  # the first one opens the connection
                    taken[0].append((asked - began) * 1000)
                    taken[1].append((time.perf_counter() - asked) * 1000)
        return taken

    async def _read(self, db: ReadDb, part: str, after: str, draw: Random) -> list[tuple[str, str]]:
        if part == "index":
            async with db.system() as conn:
                page = await deal_index(conn, company=None, after=after)
                return [(deal.company_id, deal.id) for deal in page.items]
        async with db.company(COMPANY, WHOLE) as conn:
            if part == "board":
                columns = await board(conn, COMPANY, "p", STAGES, cards=CARDS, scope=Scope.COMPANY)
                assert all(column.deals for column in columns)
                return []
            found = await deals(conn, COMPANY, pipeline="p", stage=draw.choice(STAGES), state="open", after=after)
            return [(COMPANY, deal.id) for deal in found.items]


@dataclass(slots=True)
class Taken:
    """(µs, blocks) an event of each generation, round by round."""

    events: list[list[tuple[float, float]]] = field(default_factory=lambda: [[] for _ in FACTORS])

    async def measured(self, admin: str, full: Full, *, keep: bool = True) -> None:
        before = await blocks(admin, full.n)
        us, events = await full.event()
        if keep:
            self.events[full.n - 1].append((us, (await blocks(admin, full.n) - before) / events))

    def middle(self, place: int, which: int = 0) -> float:
        return round(statistics.median(each[which] for each in self.events[place]), 1)

    def ratio(self, place: int, which: int = 0) -> float:
        """Of the whole to that one, in the middle of the rounds."""
        pairs = zip(self.events[place], self.events[-1], strict=True)
        return round(statistics.median(whole[which] / part[which] for part, whole in pairs), 3)


async def full(admin: str, n: int, count: int, companies: int) -> Full:
    await create_generation(admin, n, LOGIN, prefix=PREFIX)
    made = Full(admin, n, Log(PARTITIONS))
    await made.filled(count, companies)
    return made


def told(part: str, sides: Sequence[tuple[list[float], list[float]]]) -> dict[str, Any]:
    """sides: ms of (reads, floors), of the small one and of the large one."""
    p95 = [[statistics.quantiles(each, n=20)[18] for each in side] for side in sides]
    return {
        "part": part,
        "n": len(sides[1][0]),
        "p95_ms": [round(each[0], 2) for each in p95],
        "floor_p95_ms": [round(each[1], 2) for each in p95],
        "of_floor": [round(each[0] / each[1], 2) for each in p95],
    }


async def measure(admin: str, count: int, companies: int, rounds: int) -> dict[str, Any]:
    kept = [await full(admin, n, count // factor, max(companies // factor, 1)) for n, factor in enumerate(FACTORS, 1)]
    gc.collect()
    gc.freeze()  # the history is the benchmark's own
    events = Taken()
    reads: dict[str, list[tuple[list[float], list[float]]]] = {part: [([], []) for _ in kept] for part in ASKED}
    for n in range(rounds + 1):
        for place in _turns(n):
            await events.measured(admin, kept[place], keep=n > 0)
            for part in ASKED:
                taken = await kept[place].read(part, Random(n))
                for told_before, more in zip(reads[part][place], taken, strict=True):
                    told_before.extend(more if n else ())
        sys.stdout.write(f"round {n}{' (warm-up)' if n == 0 else ''}\n")
        sys.stdout.flush()
    after = Taken()
    await kept[0].does("checkpoint")
    for n in range(rounds):
        for place in _turns(n):
            await after.measured(admin, kept[place])
    return {
        "id": "V15",
        "what": f"opening a deal among {count:,} of one company, and showing them",
        "floor": {"what": f"the same among {count // FACTORS[1]:,}", "us_an_event": events.middle(1)},
        "subject": {"us_an_event": events.middle(2)},
        "ratio": events.ratio(1),
        "goals": [1.1],
        "blocks": [events.middle(place, 1) for place in (1, 2)],
        "blocks_ratio": events.ratio(1, 1),
        "hundredfold": {"us_an_event": events.middle(0), "ratio": events.ratio(0)},
        "after_checkpoint": {"us_an_event": [after.middle(place) for place in range(3)], "ratio": after.ratio(1)},
        "parts": [told(part, (sides[0], sides[-1])) for part, sides in reads.items()],
        "deals": count,
        "companies": companies,
        "rounds": rounds,
    }


def _turns(n: int) -> Sequence[int]:
    """Who is first changes from round to round."""
    return range(len(FACTORS)) if n % 2 else range(len(FACTORS) - 1, -1, -1)


def main() -> int:
    given = asked(__doc__, deals=100_000, companies=1_000, rounds=7)
    with own_postgres("v15", **SERVER) as config:
        result = asyncio.run(measure(config.dsn(), given.deals, given.companies, given.rounds))
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
