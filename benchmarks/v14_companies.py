"""V14: what a company costs where there are 1,000 of them, against what it costs where there are 10.

    python -m benchmarks.v14_companies [--companies N] [--rounds N]

Two Legions in this process (API, writer, projector and the runner of effects, by their composition roots), each on an
embedded broker and PostgreSQL of its own (fsync on). They take turns within each round:

* `create`: from `POST /v1/companies` until the company's schema is made and confirmed, ms. This is the published ratio.
* `claim`: what the runner asks for each time that it looks (`EffectStore.claim`), ms.
* `login`: `POST /v1/auth/login` with the right password (argon2id is most of it), ms.
* `read`: `GET /v1/me`, a company, its leads, in turn, by people of ten companies, ms.

The ratio of `create` and `claim` is the median of the rounds' ratios; of `login` and `read` that of the p95. Each round
makes a company on both sides: of the small one the 10th to the last, of the large one those around the 1,000th.
`catalogue`: PostgreSQL's own tables on the large side, and the bytes of the whole database that a company adds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg
import structlog

from benchmarks.publish import publish
from cli.processes.common import open_reads
from cli.processes.streams import provision
from domain.effects import EffectKind
from embedded import postgres
from embedded.postgres import PostgresConfig
from projections.names import database_name
from projections.read.db import ReadDb
from projections.read.effects import EffectStore
from projections.read.events import EventReader
from projections.read.listener import Listener
from projections.read.outcomes import Outcomes
from proof.embedded_servers import PASSWORD, kafka_bootstrap, postgres_server
from proof.servers import data_folder, reserved_port
from streams.commander import Commander
from streams.effects.simple import GivingUp, ProvisionEffect
from streams.runner.core import LEASE, PER_COMPANY, SLOTS
from streams.runner.runner import Runner
from tests.api.people import Person, join
from tests.api.world import World, make_settings, open_world

FEW: Final = 10
GOAL: Final = 1.3
AT_ONCE: Final = 8
"""Companies that are made at the same time to fill the large side."""

ONES: Final = {"create": 1, "claim": 20, "login": 2, "read": 30}
"""Of each part, in a round."""

CATALOGUE: Final = ("pg_class", "pg_attribute", "pg_type", "pg_rewrite", "pg_depend", "pg_namespace")
WAIT_S: Final = 60.0
AGAIN: Final = (HTTPStatus.ACCEPTED, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


@dataclass(slots=True)
class Side:
    """One Legion. people: each of a company of their own."""

    world: World
    reads: ReadDb
    listener: Listener
    companies: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    asked: int = 0

    async def create(self) -> None:
        """Until it is provisioned."""
        company = await self._asked()
        self.companies.append(company)
        deadline = time.monotonic() + WAIT_S
        while True:
            since = self.listener.ticks
            async with self.reads.system() as conn:
                cursor = await conn.execute("select provisioned from core.companies where id = %s", (company,))
                if await cursor.fetchone() == (True,):
                    return
            assert time.monotonic() < deadline, "not provisioned in time"
            await self.listener.moved(1.0, since=since)

    async def _asked(self) -> str:
        """Again, as the same call, where a busy broker has not answered in time."""
        key = str(uuid4())
        body, headers = {"slug": f"s{key[:13]}", "name": "Acme"}, {"idempotency-key": key}
        while True:
            answer = await self.world.http.post("/v1/companies", json=body, headers=headers)
            if answer.status_code == HTTPStatus.OK:
                return str(answer.json()["company"])
            assert answer.status_code in AGAIN, answer.text

    async def claim(self) -> None:
        """Nothing, or the mails of invitations, which nobody sends here."""
        await EffectStore(self.reads).claim("bench", SLOTS, PER_COMPANY, LEASE)

    async def login(self) -> None:
        answer = await self._next().log_in()
        assert answer.status_code == 200, answer.text

    async def read(self) -> None:
        person = self._next()
        company = self.companies[self.people.index(person)]
        path = ("/v1/me", f"/v1/companies/{company}", "/v1/leads")[self.asked % 3]
        answer = await person.call("GET", path, x_tenant_id=company)
        assert answer.status_code == 200, answer.text

    def _next(self) -> Person:
        self.asked += 1
        return self.people[self.asked % len(self.people)]

    async def filled(self, count: int) -> None:
        """Up to so many companies, and people in the first ten."""
        left = iter(range(count - len(self.companies)))

        async def maker() -> None:
            for n in left:
                await self.create()
                if n % 100 == 0:
                    sys.stdout.write(f"{n} of {count}\n")
                    sys.stdout.flush()

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(maker())
        self.people = [await join(self.world, company, "manager") for company in self.companies[:FEW]]
        async with await psycopg.AsyncConnection.connect(self.admin(), autocommit=True) as conn:
            await conn.execute("vacuum analyze")
            await conn.execute("checkpoint")

    def admin(self) -> str:
        return self.world.settings.admin_dsn(database_name(1))


@asynccontextmanager
async def side(folder: Path) -> AsyncIterator[Side]:
    """On servers of its own: Legion's roles, databases and consumer groups have fixed names."""
    async with AsyncExitStack() as stack:
        kafka = stack.enter_context(kafka_bootstrap())
        config = PostgresConfig(folder, stack.enter_context(reserved_port()), PASSWORD)
        server = postgres_server(config)
        server.start(lambda: postgres.ready(config))
        stack.callback(server.stop)
        world = await stack.enter_async_context(open_world(make_settings(kafka, config, command_wait_ms=60_000)))
        reads, dsn = await open_reads(stack, world.settings, world.vault)
        listener = await stack.enter_async_context(Listener(dsn))
        events, commander = EventReader(reads), Commander(world.commands, Outcomes(reads, listener))
        ending = GivingUp(events, commander)
        effect = ProvisionEffect(events, commander, lambda company: provision(world.settings, 1, company))
        runner = Runner(
            EffectStore(reads), listener, {EffectKind.PROVISION: effect}, give_up=ending.abandon, expire=ending.expire,
            slots={EffectKind.PROVISION: SLOTS[EffectKind.PROVISION]},
        )  # fmt: skip
        running = asyncio.create_task(runner.run())
        try:
            yield Side(world, reads, listener)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def timed(part: Callable[[], Awaitable[None]], count: int) -> list[float]:
    """Milliseconds of each."""
    taken: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await part()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def told(part: str, small: Sequence[Sequence[float]], large: Sequence[Sequence[float]]) -> dict[str, Any]:
    """small, large: milliseconds by round."""
    sides = [[ms for one in rounds for ms in one] for rounds in (small, large)]
    p95 = [statistics.quantiles(each, n=20)[18] for each in sides]
    paired = statistics.median(statistics.median(b) / statistics.median(a) for a, b in zip(small, large, strict=True))
    return {
        "part": part,
        "n": len(sides[0]),
        "p50_ms": [round(statistics.median(each), 2) for each in sides],
        "p95_ms": [round(each, 2) for each in p95],
        "ratio": round(paired, 3),
        "p95_ratio": round(p95[1] / p95[0], 3),
    }


async def catalogue(small: Side, large: Side) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    sizes: list[int] = []
    for each in (small, large):
        async with await psycopg.AsyncConnection.connect(each.admin(), autocommit=True) as conn:
            for name in CATALOGUE:
                query = f"select count(*), pg_total_relation_size('{name}') from {name}"
                row = await (await conn.execute(query.encode())).fetchone()
                assert row is not None
                tables[name] = {"rows": row[0], "bytes": row[1]}
            row = await (await conn.execute("select pg_database_size(current_database())")).fetchone()
            assert row is not None
            sizes.append(row[0])
    more = len(large.companies) - len(small.companies)
    return {"tables": tables, "database_bytes": sizes[1], "bytes_a_company": round((sizes[1] - sizes[0]) / more)}


async def measure(folder: Path, companies: int, rounds: int) -> dict[str, Any]:
    async with side(folder / "small") as small, side(folder / "large") as large:
        await small.filled(FEW)
        await large.filled(companies - rounds // 2)
        gc.collect()
        gc.freeze()
        taken: dict[str, tuple[list[list[float]], list[list[float]]]] = {part: ([], []) for part in ONES}
        for n in range(rounds + 1):
            sides = [(0, small), (1, large)]
            for part, count in ONES.items():
                for place, each in sides if n % 2 else reversed(sides):
                    ms = await timed(getattr(each, part), count)
                    if n:
                        taken[part][place].append(ms)
            sys.stdout.write(f"round {n}{' (warm-up)' if n == 0 else ''}\n")
            sys.stdout.flush()
        parts = [told(part, *each) for part, each in taken.items()]
        return {
            "id": "V14",
            "what": "creating a company where there are so many",
            "floor": {"what": f"the same where there are {FEW}", "p50_ms": parts[0]["p50_ms"][0]},
            "subject": {"p50_ms": parts[0]["p50_ms"][1]},
            "ratio": parts[0]["ratio"],
            "goals": [GOAL],
            "parts": parts,
            "companies": {"small": len(small.companies), "large": len(large.companies)},
            "catalogue": await catalogue(small, large),
            "rounds": rounds,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--companies", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with data_folder("v14") as folder:
        result = asyncio.run(measure(folder, asked.companies, asked.rounds))
    publish(result, write=not asked.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
