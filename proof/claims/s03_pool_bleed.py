"""S3: no transaction sees a company that an earlier one on its connection was in."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, nullcontext
from typing import Final

import psycopg

from domain.kernel.ids import derived
from projections.names import Role
from projections.read.db import ReadDb
from proof.bugs.session_wide import planted
from proof.claim import Claim, Stage
from proof.embedded_servers import postgres_dsn
from proof.ground.generation import Generation, make_generation
from proof.ground.histories import Log, Story, set_up
from proof.harm.transactions import Clerks
from proof.tally import Tally

COMPANIES: Final = 12
CONNECTIONS: Final = 6
CLERKS: Final = 24


async def play(stage: Stage) -> Tally:
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it tells of each connection that was killed
    with postgres_dsn() as dsn, planted() if stage.control else nullcontext():
        generation = await make_generation(dsn)
        rows = await _filled(generation)
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(ReadDb(generation.dsn(Role.RUNNER), size=CONNECTIONS))
            admin = await stack.enter_async_context(
                await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True)
            )
            clerks = Clerks(db, admin, stage.rng("transactions"), rows)
            await clerks.work(stage.rounds, CLERKS)
        return Tally(
            stage.rounds,
            lost=len(clerks.lost),
            phantom=len(clerks.faults),
            facts={end: float(count) for end, count in clerks.ends.items()},
            examples=(*clerks.lost, *clerks.faults),
        )


async def _filled(generation: Generation) -> dict[str, int]:
    """Company → its messages: each has another number of them."""
    log, rows = Log(), dict[str, int]()
    for number in range(1, COMPANIES + 1):
        company = derived("company", f"pool {number}")
        set_up(log, company, instance=derived("instance", company), slug=f"pool{number}")
        story = Story(log, f"lead{number}", company=company)
        story.arrives()
        for _ in range(number):
            story.writes()
        rows[company] = number
    await generation.project(log)
    return rows


CLAIM = Claim(
    id="S3",
    says=(
        "Transactions of twelve companies and of none, four times as many at once as the pool has connections, end by"
        " commit, by an error of ours, by one of the server's, cancelled in the queue or within a query, timed out here"
        " or there, or with their connection killed: each sees its own company's rows, all of them and no other's, and"
        " the next one on the connection finds no company left behind."
    ),
    unit="transactions",
    rounds=100_000,
    leg=25_000,
    quick=2_000,
    control_rounds=500,
    bug="The company is set for the session (SET), not for the transaction (SET LOCAL).",
    play=play,
)
