"""R3: writers killed, frozen and let loose on each other."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.broker import own_broker
from proof.ground.field import Field
from proof.ground.tallies import make_codec
from proof.harm.writers import Writers, writers_on
from proof.oracle.verdict import Verdict
from proof.servers import Server
from proof.tally import Tally, total

FRONTS: Final = 2
"""Logs that are harmed at the same time, each with writers and a client of its own: most of a round is waiting."""

SESSION_S: Final = 1.0
"""The shortest that the broker allows: how long a dead writer's partitions wait for the next."""

SETTLE_S: Final = 90.0

KINDS: Final = ("kill", "zombie", "zombie", "zombie alone")


async def play(stage: Stage) -> Tally:
    async with own_broker(stage.folder) as broker:
        shares = [stage.rounds // FRONTS + (front < stage.rounds % FRONTS) for front in range(FRONTS)]
        fronts = [_front(stage, broker.bootstrap, front, rounds) for front, rounds in enumerate(shares) if rounds]
        return total(await asyncio.gather(*fronts))


async def _front(stage: Stage, bootstrap: str, number: int, rounds: int) -> Tally:
    folder = stage.folder / f"front-{number}"
    folder.mkdir()
    field = Field(bootstrap, make_codec(folder / "schemas"), partitions=2)
    await field.make()
    bug = "reader_without_rule" if stage.control else ""
    with writers_on(field, folder, folder / "schemas", session_s=SESSION_S, witness_bug=bug) as writers:
        verdict, done = await _fight(field, writers, stage.rng(f"front {number}"), rounds)
    await field.close()
    return verdict.tally(rounds, {kind.replace(" ", "_"): done[kind] for kind in KINDS})


async def _fight(field: Field, writers: Writers, rng: random.Random, rounds: int) -> tuple[Verdict, Counter[str]]:
    done = Counter[str]()
    notes = writers.watch()
    async with field.under_fire(rng):
        pair = [writers.start(), writers.start(lag=3)]
        await writers.progress(20)
        for turn in range(rounds):
            kind = rng.choice(KINDS)
            await _harm(kind, turn % 2, pair, writers, rng)
            await writers.progress(rng.randint(5, 30))
            done[kind] += 1
    verdict = await field.settled(SETTLE_S, applied=notes.all)
    writers.check_alive()  # a writer that died says why
    return verdict, done


async def _harm(kind: str, victim: int, pair: list[Server], writers: Writers, rng: random.Random) -> None:
    """kill: -9, in the middle of its work. zombie: frozen until the other has taken over and decided, then it goes on
    where it was. alone: the other one is killed meanwhile, the zombie comes back to a log without a master."""
    await asyncio.sleep(rng.random() * 0.05)
    if kind == "kill":
        pair[victim] = writers.replace(pair[victim], rng)
        return
    writers.freeze(pair[victim])
    await asyncio.sleep(SESSION_S + rng.random() * 0.5)
    await writers.progress(rng.randint(5, 30))
    if kind == "zombie alone":
        pair[1 - victim] = writers.replace(pair[1 - victim], rng)
    writers.thaw(pair[victim])


CLAIM: Final = Claim(
    id="R3",
    says="Writers are killed with -9 and frozen beyond their session until another one has decided in their place, "
    "then go on: no void commit is applied by a reader, every acknowledged command is answered exactly once, with the "
    "state that it would have without any fault.",
    unit="kills and freezes",
    rounds=200,
    leg=50,
    quick=6,
    control_rounds=10,
    bug="A reader of the log takes every complete commit, without the chain's rule.",
    play=play,
)
