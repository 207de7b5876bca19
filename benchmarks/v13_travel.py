"""V13: a journey of 1,000 events at random moments: p95 in the process (goal 5 ms) and over the API (goal 20 ms).

    python -m benchmarks.v13_travel [--events N] [--reads N]

One lead's life in an embedded server (fsync on), and the API as its composition root makes it, in this process.
`process`: `Traveller.life`, the journey as it was. `shown`: `Journeys.state`, the same made JSON, with personal fields
opened with the vault's key. `api`: `GET /v1/journeys/{journey}/state` by uvicorn on loopback, the client's part
included. Half of the moments are versions, half are times. The floor is `shown` without snapshots: all events up to the
moment, decoded and folded. They take turns; the first read, which writes the snapshots, is told by itself (`first_ms`).
`cpu_*`: of the thread, which over the API is server and client together: what is left of a figure on a machine that
others use too.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any, Final

import httpx

from api.app import make_app
from api.journey_json import Journeys
from benchmarks.alone import asked, own_postgres
from benchmarks.projection_workload import Made
from benchmarks.publish import publish
from cli.processes.api import compose
from cli.processes.common import passwords
from cli.settings import Settings
from domain.access.sight import WHOLE
from embedded.postgres import PostgresConfig
from projections.generation import create_generation
from projections.names import Role, database_name
from projections.postgres import PostgresProjector
from projections.read.db import ReadDb
from projections.travel.life import Cut
from projections.travel.traveller import Traveller
from proof.ground.edge import serving
from proof.ground.histories import COMPANY, START, Log, Story, set_up
from tests.api.world import make_settings
from vault.db import Vault, open_vault
from vault.migrate import migrate
from vault.provision import DATABASE, ROLE, provision

GOALS_MS: Final = {"process": 5.0, "api": 20.0}
SEED: Final = 7
TURN: Final = 50
"""Reads of one way before the next one's turn: a read right after the floor finds the processor's caches full of it."""


async def grown(settings: Settings, vault: Vault, events: int) -> str:
    """The active generation, with one lead's life of so many events; its journey. All of them messages: what a
    conversation remembers is as much as it can be."""
    number = await vault.generations.begin()
    await create_generation(settings.admin_dsn(), number, passwords(settings))
    await vault.generations.flip(number, None)
    pair = (COMPANY, Story(Log(1)).journey)
    log = Log(settings.partitions)
    log.keys = Made({pair: await vault.keys.get_or_create(*pair)})
    set_up(log)
    lead = Story(log)
    lead.arrives()
    while log.versions[lead.stream] + log.versions[lead.lead_stream] < events:
        lead.writes("Quanto custa o plano?")
    dsn = settings.dsn(Role.PROJECTOR, database_name(number))
    async with PostgresProjector(dsn, number, vault.keys) as projector:
        await projector.open_positions(log.genesis(), active=number)
        for at in range(0, len(log.commits), 500):
            await projector.apply(log.commits[at : at + 500])
        await projector.mark_live(range(log.partitions))
    return lead.journey


def moments(life: Any, reads: int) -> list[Cut]:
    """Random versions and times of the life."""
    draw = Random(SEED)
    return [
        Cut(version=draw.randint(1, life.version)) if n % 2 else Cut(at=START + (life.at - START) * draw.random())
        for n in range(reads)
    ]


async def timed(ask: Callable[[Cut], Awaitable[Any]], cut: Cut) -> tuple[float, float]:
    """Milliseconds: on the wall, of this thread's processor."""
    began, cpu = time.perf_counter(), time.thread_time()
    await ask(cut)
    return (time.perf_counter() - began) * 1000, (time.thread_time() - cpu) * 1000


def figures(each: Sequence[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = zip(*each, strict=True)
    cuts = statistics.quantiles(wall, n=100)
    return {
        "n": len(each),
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "max_ms": round(max(wall), 2),
        "cpu_p50_ms": round(statistics.median(cpu), 2),
        "cpu_p95_ms": round(statistics.quantiles(cpu, n=100)[94], 2),
    }


async def measure(postgres: PostgresConfig, events: int, reads: int) -> dict[str, Any]:
    settings = make_settings("127.0.0.1:1", postgres)  # no broker: nothing is written
    await migrate(await provision(settings.admin_dsn(), settings.role_password(ROLE)))
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        journey = await grown(settings, vault, events)
        gc.collect()
        gc.freeze()  # the history is the benchmark's own: collecting through it would be measured as the product's time
        stop = asyncio.Event()
        app = make_app(lambda: compose(settings, stop), edge=settings.edge, stopping=stop.is_set)
        port = await stack.enter_async_context(serving(app, lifespan="on", stop=stop))
        headers = {"authorization": f"Bearer {await vault.tokens.ensure_bootstrap()}", "x-tenant-id": COMPANY}
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=30)
        )
        async with ReadDb(settings.dsn(Role.RUNNER, database_name(1))) as db:
            traveller = Traveller(db, WHOLE)
            quick = Journeys(traveller, vault.keys)
            slow = Journeys(Traveller(db, WHOLE, every=None), vault.keys)

            async def process(cut: Cut) -> None:
                await traveller.life(COMPANY, journey, cut)

            async def shown(cut: Cut) -> None:
                await quick.state(COMPANY, journey, cut)

            async def folded(cut: Cut) -> None:
                await slow.state(COMPANY, journey, cut)

            async def api(cut: Cut) -> None:
                asked = {"version": str(cut.version)} if cut.at is None else {"at": cut.at.isoformat()}
                answer = await http.get(f"/v1/journeys/{journey}/state", params=asked)
                assert answer.status_code == 200, answer.text

            life, _ = await Traveller(db, WHOLE, every=None).life(COMPANY, journey)
            first, _ = await timed(shown, Cut())
            ways = {"process": process, "shown": shown, "api": api, "floor": folded}
            taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
            asked = moments(life, reads)
            for turn in (asked[at : at + TURN] for at in range(0, reads, TURN)):
                for way, ask in ways.items():
                    taken[way] += [await timed(ask, cut) for cut in turn]
    found = {way: figures(each) for way, each in taken.items()}
    floor = found.pop("floor")
    return {
        "id": "V13",
        "what": "a journey at a random moment, ms",
        "floor": {"what": "the same without snapshots"} | floor,
        "subject": {way: each | {"goal_p95_ms": GOALS_MS.get(way)} for way, each in found.items()},
        "first_ms": round(first, 2),
        "ratio": round(found["shown"]["p50_ms"] / floor["p50_ms"], 3),
        "events": life.version,
        "seed": SEED,
    }


def main() -> int:
    given = asked(__doc__, events=1_000, reads=1_000)
    with own_postgres("v13") as config:
        result = asyncio.run(measure(config, given.events, given.reads))
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
