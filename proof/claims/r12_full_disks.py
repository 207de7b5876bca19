"""R12: disks get full and clocks jump under a running stack."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import orjson

from cli.demo.client import until
from domain.kernel.errors import LegionError, Misconfigured
from proof.claim import Claim, Stage
from proof.ground.running import BACK_S, Running, at_work, leads_write
from proof.ground.stack import Stack, legion, wait_ready
from proof.harm.clock import Clock, library
from proof.harm.disks import Disks, disks
from proof.oracle.accepted import judge_accepted, judge_answers
from proof.oracle.timelines import Faults
from proof.tally import EXAMPLES, Tally

SIZES: Final = {"kafka": "700m", "postgres": "500m", "clickhouse": "500m", "signer": "16m", "logs": "32m"}
FULL_S: Final = (2.0, 6.0)
"""How long a disk stays full, after it was found to be."""

JUMPS: Final = tuple(
    timedelta(**{unit: sign * number})
    for unit, number in (("seconds", 40), ("hours", 3), ("days", 2), ("days", 30))
    for sign in (1, -1)
)
JUMP_S: Final = (6.0, 9.0)
"""A lead's burst, its reply and the renewal of its leases: all under the wrong time."""

ASKING: Final = 3
PAUSE_S: Final = 0.3
"""Of each lead that writes: libfaketime makes processes under it slow, and a backlog proves nothing."""

KINDS: Final = ("kafka", "clock", "postgres", "clock", "signer", "clock", "clickhouse", "clock", "logs", "clock")


@dataclass(slots=True)
class Field:
    """What is harmed, and by what. asked: phones of leads that wait for an answer."""

    stage: Stage
    running: Running
    disks: Disks | None
    clock: Clock | None
    folders: dict[str, Path]
    asked: list[str] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)

    async def fills(self, name: str, rng: random.Random) -> None:
        if self.disks is None:
            self.facts["skipped_without_namespaces"] += 1
            return
        self.facts[f"filled_{name}"] += 1
        self.facts["megabytes_of_ballast"] += await asyncio.to_thread(self.disks.fill, self.folders[name]) >> 20
        try:
            until_s = time.monotonic() + rng.uniform(*FULL_S)
            while time.monotonic() < until_s:  # what was freed meanwhile is taken too
                await asyncio.sleep(0.5)
                await asyncio.to_thread(self.disks.fill, self.folders[name])
        finally:
            self.disks.free(self.folders[name])

    async def jumps(self, rng: random.Random) -> None:
        """Leads wait for answers; the clock jumps, and whoever is at their answers dies under the wrong time."""
        if self.clock is None:
            self.facts["skipped_without_libfaketime"] += 1
            return
        ends = (max(JUMPS), min(JUMPS))
        by = ends[self.facts["clock_jumps"] % 2] if self.stage.control else rng.choice(JUMPS)
        self.facts["clock_jumps"] += 1
        self.asked += [await self.running.asks() for _ in range(ASKING)]
        await asyncio.sleep(rng.uniform(0, 2))
        self.clock.jump(by)
        try:
            await asyncio.sleep(rng.uniform(*JUMP_S))
            await self.running.kill("streams")
        finally:
            self.clock.jump(timedelta(0))

    async def accepts_again(self) -> None:
        """By itself."""
        before = len(self.running.accepted)

        async def accepted() -> bool:
            return len(self.running.accepted) >= before + 5

        await until("bodies to be accepted again", accepted, BACK_S)


async def play(stage: Stage) -> Tally:
    with _ground(stage) as (stack, found, clock, folders):
        async with at_work(stack) as running:
            place = Field(stage, running, found, clock, folders)
            return await _harmed(place)


@contextmanager
def _ground(stage: Stage) -> Iterator[tuple[Stack, Disks | None, Clock | None, dict[str, Path]]]:
    data, logs = stage.folder / "data", stage.folder / "logs"
    folders = {name: logs if name == "logs" else data / name for name in SIZES}
    clock = Clock(stage.folder / "clock") if library() else None
    if clock is not None:
        clock.jump(timedelta(0))
    bugs = {"api": "proof.bugs.hasty_producer", "streams": "proof.bugs.own_clock"} if stage.control else {}
    with ExitStack() as stack:
        logs.mkdir()
        data.mkdir()
        data.chmod(0o711)
        try:
            found = stack.enter_context(disks({folders[name]: size for name, size in SIZES.items()}))
        except Misconfigured:
            found = None
        # The supervisor would give up after six deaths in a minute, ours among them.
        given = {"data": str(data), "clock": clock and str(clock.file), "bugs": bugs, "patient": True}
        running = stack.enter_context(
            legion(
                stage.folder,
                program=("proof.ground.stack_program", orjson.dumps(given).decode()),
                within=found.within if found else (),
                logs=found.root / logs.relative_to("/") if found else None,
            )
        )
        wait_ready(running)
        yield running, found, clock, folders


async def _harmed(place: Field) -> Tally:
    rng = place.stage.rng("harm")
    kinds = [KINDS[i % len(KINDS)] for i in range(place.stage.rounds)]
    rng.shuffle(kinds)
    faults, unresolved = Faults(), 0
    try:
        async with leads_write(place.running, PAUSE_S):
            await place.accepts_again()
            for kind in kinds:
                await (place.jumps(rng) if kind == "clock" else place.fills(kind, rng))
                await place.accepts_again()
        stall_s = place.stage.patience(BACK_S)
        unresolved += await judge_accepted(place.running, faults, stall_s)
        unresolved += await judge_answers(place.running, place.asked, faults, stall_s)
    except LegionError as late:
        unresolved += 1
        faults.examples.append(f"{late.detail}: {place.running.stack.tail()[-1500:]}")
    return Tally(
        n=len(kinds),
        lost=faults.lost,
        doubled=faults.doubled,
        phantom=faults.phantom,
        unresolved=unresolved,
        facts={
            **place.facts,
            "bodies_accepted": len(place.running.accepted),
            "bodies_refused_meanwhile": place.running.statuses[503],
            "leads_asking": len(place.asked),
        },
        examples=tuple(faults.examples[:EXAMPLES]),
    )


CLAIM = Claim(
    id="R12",
    says=(
        "Under a running stack the disk of Kafka, PostgreSQL, ClickHouse, the signer or our own output gets full; the"
        " clocks of our own processes jump by seconds, hours and days, forth and back, while whoever is at the answers"
        " is killed: every accepted body is one event, no lead gets a message twice, each gets an answer or a human, no"
        " turn closes before its window by the broker's clock, what is hours late opens none, no day key is destroyed,"
        " the chain verifies, ClickHouse agrees. When the disk is free and the clock is right, all goes on by itself."
    ),
    unit="full disks and clock jumps",
    rounds=20,
    leg=10,
    quick=2,
    control_rounds=4,
    bug="The edge says that a body is written when it is only sent; leases and lateness are judged by our own clock.",
    play=play,
    slow_control=True,
)
