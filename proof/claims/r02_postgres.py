"""R2: PostgreSQL is killed under everything that works with it."""

from __future__ import annotations

import asyncio
from typing import Final

from cli.demo.client import until
from proof.claim import Claim, Stage
from proof.ground.clients import Clients, clients_of
from proof.ground.patience import patient_stack, settled
from proof.ground.running import BACK_S, Running
from proof.oracle.acknowledged import acknowledged_tally, log_of
from proof.oracle.leads import answers_tally, without_end
from proof.oracle.read_database import read_database_tally
from proof.tally import Tally, total

LONGEST_S: Final = 0.1
"""From the last of some acknowledgements to the kill, at most."""

AIMED: Final = 0.7
"""Of kills wait for the projector to be within a transaction."""

ASKS: Final = 0.3
"""Of rounds have a lead who is answered, so that runners are at work too."""


async def play(stage: Stage) -> Tally:
    bugs = {"projector": "proof.bugs.position_first"} if stage.control else {}
    stall_s = stage.patience(90)
    async with patient_stack(stage.folder, bugs) as running:
        async with clients_of(running, stage.rng("clients")) as clients:
            phones, back = await _killed(running, clients, stage)
        await settled(clients.missing, stall_s)
        await settled(lambda: without_end(running, phones), stall_s)
        log = await log_of(running)
        counted = [
            acknowledged_tally(clients, log, stage.rounds),
            await answers_tally(running, phones),
            await read_database_tally(running, log, stall_s),
            Tally(0, phantom=back, examples=("a position went back",) * bool(back)),
        ]
        return total(counted)


async def _killed(running: Running, clients: Clients, stage: Stage) -> tuple[list[str], int]:
    """(phones of leads who asked, how often a projector's position was behind what it had been)."""
    rng, phones, back, positions = stage.rng("kills"), list[str](), 0, dict[int, int]()
    for _ in range(stage.rounds):
        await clients.hear(rng.randint(1, 20))
        if rng.random() < ASKS:
            phones.append(await running.asks())
        now = await until("PostgreSQL", running.positions, BACK_S)
        back += any(now[partition] < offset for partition, offset in positions.items())
        positions = now
        await asyncio.sleep(rng.uniform(0, LONGEST_S))
        if rng.random() < AIMED:
            await until("a transaction of the projector", running.projecting, BACK_S)
        await running.kill("bin/postgres")
    await clients.hear(20)
    return phones, back


CLAIM = Claim(
    id="R2",
    says=(
        "PostgreSQL is killed at random moments, most of them within a transaction of the projector, and recovers from"
        " its log, while API, projector and runners work with it: what was acknowledged is there once, leads"
        " are answered once or a human is asked, the projector's positions never go back, the journal holds exactly the"
        " log's records, and all tables are equal to a rebuild's."
    ),
    unit="kills",
    rounds=30,
    leg=15,
    quick=3,
    control_rounds=6,
    bug="The projector commits its position in one transaction and its rows in the next.",
    play=play,
    slow_control=True,
)
