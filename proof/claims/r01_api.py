"""R1: the API is killed while clients call it."""

from __future__ import annotations

import asyncio
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.clients import clients_of
from proof.ground.patience import patient_stack, settled
from proof.oracle.acknowledged import acknowledged_tally, log_of
from proof.tally import Tally

LONGEST_S: Final = 0.05
"""From the last of some acknowledgements to the kill, at most: it falls into calls under way."""


async def play(stage: Stage) -> Tally:
    rng = stage.rng("kills")
    async with patient_stack(stage.folder, {"api": "proof.bugs.early_answer"} if stage.control else {}) as running:
        async with clients_of(running, stage.rng("clients")) as clients:
            for _ in range(stage.rounds):
                await clients.hear(rng.randint(1, 20))
                await asyncio.sleep(rng.uniform(0, LONGEST_S))
                await running.kill(" api ")
            await clients.hear(20)
        await settled(clients.missing, stage.patience(60))
        return acknowledged_tally(clients, await log_of(running), stage.rounds)


CLAIM = Claim(
    id="R1",
    says=(
        "The API is killed at random moments and started again, while providers post webhooks and people give"
        " commands, trying again with the same id until they are answered, and some giving up: every webhook that was"
        " answered 200 is an event exactly once, every command that was answered 200 or 202 has its one outcome, and"
        " what was never answered is there once or not at all."
    ),
    unit="kills",
    rounds=100,
    leg=50,
    quick=3,
    control_rounds=4,
    bug="The API answers before the broker has acknowledged, and sends what it holds 50 ms later.",
    play=play,
    slow_control=True,
)
