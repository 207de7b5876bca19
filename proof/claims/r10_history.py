"""R10: the history of (stream, version), checked over a million operations under faults."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.broker import Broker, own_broker
from proof.ground.field import Field
from proof.ground.sessions import Desk, sessions_on
from proof.ground.tallies import make_codec
from proof.harm.writers import Writers, writers_on
from proof.servers import Server
from proof.tally import Tally, total

PARTITIONS: Final = 3
SESSION_S: Final = 1.0
PRODUCE_S: Final = 2.0
SETTLE_S: Final = 60.0

KINDS: Final = ("writer killed", "writer frozen", "writer frozen", "broker killed")
HARMS: Final = 3
"""Of each leg, at least."""

CALM_S: Final = (2.0, 8.0)
"""Between two harms."""


async def play(stage: Stage) -> Tally:
    rng = stage.rng("harm")
    bug = "forgets_overlay" if stage.control else ""
    async with own_broker(stage.folder) as broker:
        schemas = stage.folder / "schemas"
        field = Field(broker.bootstrap, make_codec(schemas), partitions=PARTITIONS)
        await field.make()
        settings = {"session_s": SESSION_S, "produce_s": PRODUCE_S, "bug": bug}
        with writers_on(field, stage.folder, schemas, **settings) as writers:
            desk = Desk(field, writers.watch("told"), writers.watch("copy"), stage.rounds)
            pair = [writers.start(), writers.start(lag=40)]
            done = Counter[str]()
            async with sessions_on(desk, stage.rng("clients")):
                await writers.progress(1)
                while desk.open:
                    await asyncio.sleep(rng.uniform(*CALM_S))
                    if desk.open:
                        done[kind := rng.choice(KINDS)] += 1
                        await _harm(kind, pair, writers, broker, rng)
                    desk.hold = done.total() < HARMS
                    writers.check_alive()
            verdict = await field.settled(SETTLE_S, applied=desk.answers.all)
            desk.history.judge(verdict.log_of)
        await field.close()
    facts = {kind.replace(" ", "_"): done[kind] for kind in KINDS} | {"bundles_sent_again": desk.failed}
    return total([desk.history.tally(), verdict.tally(0, facts)])


async def _harm(kind: str, pair: list[Server], writers: Writers, broker: Broker, rng: random.Random) -> None:
    victim = rng.randrange(2)
    if kind == "writer killed":
        pair[victim] = writers.replace(pair[victim], rng)
    elif kind == "writer frozen":
        writers.freeze(pair[victim])
        await asyncio.sleep(SESSION_S + rng.random())
        writers.thaw(pair[victim])
    else:
        broker.server.kill()
        await asyncio.sleep(rng.random())
        await broker.again()


CLAIM: Final = Claim(
    id="R10",
    says="Clients write to few streams and read them while writers are killed and frozen and the broker is killed: "
    "each stream's versions are one order without gaps that agrees with every answer given, with the order in which "
    "operations were asked and answered, and with every read; the same id has the same answer.",
    unit="operations",
    rounds=1_000_000,
    leg=125_000,
    quick=6_000,
    control_rounds=25_000,
    bug="A writer that loads a stream from a journal that lags does not lay what it decided since over it.",
    play=play,
    slow_control=True,
)
