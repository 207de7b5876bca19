"""S17: what is taken away is gone within five seconds, everywhere, also while the projector stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, nullcontext
from statistics import median
from typing import Final

import httpx

from proof.claim import Claim, Stage
from proof.ground.patience import patient_stack
from proof.ground.people import Person, join
from proof.ground.running import Running
from proof.ground.second_api import second_api
from proof.harm.revocations import KINDS, Took, Victim, come_back, frozen, revoked, victims
from proof.tally import Tally
from vault.db import open_vault
from vault.provision import DATABASE, ROLE

LIMIT_S: Final = 5.0
AT_ONCE: Final = 2
"""So that the time is that of the rights and not of a queue: each is asked about forty times a second."""

BATCH: Final = 10
"""Victims of one company that are got ready together: their access tokens live ten minutes."""

BUG: Final = "proof.bugs.trusts_the_log"


async def play(stage: Stage) -> Tally:
    """Each kind equally often; every other batch with the projector stopped, of the control all."""
    bug = BUG if stage.control else ""
    kinds = [KINDS[i % len(KINDS)] for i in range(stage.rounds)]
    size = min(BATCH, max(1, stage.rounds // 2))
    took, back = list[Took](), list[str]()
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(patient_stack(stage.folder, {"api": bug} if bug else {}))
        apis = (running.http, await stack.enter_async_context(second_api(running, stage.folder, bug)))
        settings = running.settings
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        for number, at in enumerate(range(0, stage.rounds, size)):
            stopped = stage.control or number % 2 == 1
            wanted = await victims(running, vault.links, kinds[at : at + size], stopped=stopped)
            other = await join(running, vault.links, wanted[0].company, "manager")
            async with frozen(running, "projector") if stopped else nullcontext():
                batch = await _all(running, apis, wanted, other, stage.patience(60))
                back += await come_back(apis, batch)
            back += await come_back(apis, batch)
            took += batch
        return _counted(took, [] if stage.control else back)


async def _all(
    running: Running,
    apis: Sequence[httpx.AsyncClient],
    wanted: Sequence[Victim],
    other: Person,
    give_up_s: float,
) -> list[Took]:
    found: list[Took] = []
    for at in range(0, len(wanted), AT_ONCE):
        found += await asyncio.gather(
            *(revoked(running, apis, each, other, give_up_s) for each in wanted[at : at + AT_ONCE])
        )
    return found


def _counted(took: Sequence[Took], back: Sequence[str]) -> Tally:
    """lost: in time. phantom: somebody else was refused, or a victim had no right to lose, or is let in again."""
    late = [each for each in took if each.seconds is None or each.seconds > LIMIT_S]
    wrong = [each for each in took if not each.allowed or each.bystander]
    seconds = {
        stopped: [each.seconds for each in took if each.victim.stopped is stopped and each.seconds is not None]
        for stopped in (False, True)
    }
    return Tally(
        n=len(took),
        lost=len(late),
        phantom=len(wrong) + len(back),
        facts={
            "with_the_projector_stopped": float(sum(each.victim.stopped for each in took)),
            "longest_ms": 1000 * max([*seconds[False], *seconds[True]]),
            "longest_with_the_projector_stopped_ms": 1000 * max(seconds[True], default=0.0),
            "median_ms": 1000 * median([*seconds[False], *seconds[True]]),
        },
        examples=(
            *(f"{each.victim.kind}: {each.seconds or 'not within the wait'}" for each in late),
            *(f"{each.victim.kind}: allowed before {each.allowed}, others {each.bystander}" for each in wrong),
            *back,
        ),
    )


CLAIM = Claim(
    id="S17",
    says=(
        "A user is disabled, a role lowered, a member removed, a session ended, in turn, half of them with the"
        " projector standing still (SIGSTOP); a real request of theirs is sent to two API processes with caches of"
        " their own each 50 ms: within five seconds the last of them refuses it, nobody else is refused, and nobody is"
        " let in again."
    ),
    unit="revocations",
    rounds=200,
    leg=200,
    quick=4,
    control_rounds=4,
    bug="The API takes a right away when the log says so: it reads no denials.",
    play=play,
    slow_control=True,
)
