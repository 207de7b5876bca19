"""R4: the broker is killed, frozen and restarted while writers are in the middle of commits."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.broker import Broker, own_broker
from proof.ground.field import Field
from proof.ground.tallies import make_codec
from proof.harm.writers import writers_on
from proof.tally import Tally

SESSION_S: Final = 3.0
PRODUCE_S: Final = 1.0
"""Short: what is under way when the broker goes is given up before it is back, and may land after the resync."""

BURST: Final = 60
"""Commands sent at once, of one to three events each: the broker goes in the middle of them."""

SETTLE_S: Final = 120.0
KINDS: Final = ("kill", "kill", "freeze and kill", "freeze", "stop")


async def play(stage: Stage) -> Tally:
    rng = stage.rng()
    bug = "resumes_where_it_read" if stage.control else ""
    async with own_broker(stage.folder) as broker:
        field = Field(broker.bootstrap, make_codec(stage.folder / "schemas"), partitions=2)
        await field.make()
        settings = {"session_s": SESSION_S, "produce_s": PRODUCE_S, "bug": bug}
        with writers_on(field, stage.folder, stage.folder / "schemas", **settings) as writers:
            notes = writers.watch()
            writers.start()
            writers.start(lag=3)
            done = Counter[str]()
            async with field.under_fire(rng, pause_s=0.05, burst=BURST):
                for _ in range(stage.rounds):
                    await field.grown(rng.randint(1, 2 * BURST), meanwhile=writers.check_alive)
                    done[kind := rng.choice(KINDS)] += 1
                    await _harm(kind, broker, rng)
                await field.grown(BURST)
            verdict = await field.settled(SETTLE_S, applied=notes.all)
            writers.check_alive()  # a writer that died says why
        await field.close()
    return verdict.tally(stage.rounds, {kind.replace(" ", "_"): done[kind] for kind in KINDS})


async def _harm(kind: str, broker: Broker, rng: random.Random) -> None:
    """kill: -9. freeze and kill: what clients send meanwhile is in its sockets and dies there. freeze: it goes on, and
    writes what was given up meanwhile. stop: in order. Away for up to two of the writers' time-outs."""
    away_s = rng.random() * 2 * PRODUCE_S
    if kind == "stop":
        await asyncio.to_thread(broker.server.stop)
        await asyncio.sleep(away_s)
    elif kind == "kill":
        broker.server.kill()
        await asyncio.sleep(away_s)
    else:
        broker.freeze()
        await asyncio.sleep(PRODUCE_S + away_s)
        if kind == "freeze":
            broker.thaw()
            return
        broker.server.kill()
    await broker.again()


CLAIM: Final = Claim(
    id="R4",
    says="The broker is killed with -9, frozen and restarted in order in the middle of commits of several events, with "
    "two writers at work whose sends are given up and land later: every acknowledged command is answered exactly once.",
    unit="outages",
    rounds=30,
    leg=15,
    quick=3,
    control_rounds=8,
    bug="After a resync the writer goes on where it stopped reading, not where the chain ends.",
    play=play,
    slow_control=True,
)
