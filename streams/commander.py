"""How effects speak to the log: a command under the effect's claim, and its outcome from the journal."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from domain.kernel.actor import RUNNER
from domain.kernel.command import Command, CommandMeta
from domain.kernel.errors import OutcomeUnknown, Unavailable
from domain.kernel.ids import derived
from eventlog.model import Recorded
from eventlog.producer import CommandLog
from projections.read.effects import EffectRow
from projections.read.outcomes import Outcome, Outcomes

WAIT_S: Final = 5.0
"""For one outcome: a hundred times the usual, and what a claim may take before its call would be too late."""

AGAIN_S: Final = 2.0
"""A finished result is sent again, same id, when this passed without an outcome."""

SETTLE_S: Final = 300.0
"""How long a finished result is kept before the effect is taken up anew."""


def meta_of(cause: Recorded, row: EffectRow, claim: str, command: Command) -> CommandMeta:
    """The envelope of an effect's command. Its id follows from the claim: said again, it is the same command."""
    return meta_elsewhere(cause, derived("effect-command", row.id, claim, command.TOPIC), row.journey)


def meta_elsewhere(cause: Recorded, command_id: str, journey: str) -> CommandMeta:
    """That of a command to whatever journey of the same company. cause: the event that opened the effect."""
    return CommandMeta(
        command_id=command_id,
        tenant=cause.meta.tenant,
        journey=journey,
        actor=RUNNER,
        causation=cause.meta.event_id,
        correlation=cause.meta.correlation,
        traceparent=cause.meta.traceparent,
    )


@dataclass(frozen=True, slots=True)
class Commander:
    log: CommandLog
    outcomes: Outcomes

    async def ask(
        self, cause: Recorded, row: EffectRow, claim: str, command: Command, *, wait_s: float = WAIT_S
    ) -> Outcome | None:
        """Sends once and waits. None: nobody knows (yet). cause: the event that opened the effect."""
        return await self.tell(meta_of(cause, row, claim, command), command, wait_s=wait_s)

    async def tell(self, meta: CommandMeta, command: Command, *, wait_s: float = WAIT_S) -> Outcome | None:
        """As `ask`, in whatever journey the envelope says."""
        deadline = time.monotonic() + wait_s
        try:
            await self.log.submit(meta, command)
        except OutcomeUnknown:
            pass  # it may have been written: the journal knows
        except Unavailable:
            return None
        try:
            return await self.outcomes.wait(meta.journey, meta.command_id, deadline - time.monotonic())
        except Unavailable:
            return None

    async def settle(
        self, cause: Recorded, row: EffectRow, claim: str, command: Command, *, within_s: float = SETTLE_S
    ) -> Outcome | None:
        """Sends the same command, same id, until its outcome is known: what was paid for is not thrown away."""
        deadline = time.monotonic() + within_s
        while True:
            started = time.monotonic()
            outcome = await self.ask(cause, row, claim, command, wait_s=AGAIN_S)
            if outcome is not None or time.monotonic() > deadline:
                return outcome
            await asyncio.sleep(max(0.0, started + AGAIN_S - time.monotonic()))  # a broker away answers at once
