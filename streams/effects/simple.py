"""Effects that are one command, or a step and a command: close_turn, provision, rerun; giving up and expiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from domain.conversation import events as c
from domain.conversation.commands import CloseTurn
from domain.effect.commands import AbandonEffect, ExpireEffect
from domain.holding.commands import ConfirmProvisioned
from domain.holding.events import CompanyCreated
from domain.kernel.command import Command
from domain.kernel.ids import id_of
from domain.lead.commands import ConfirmRerun
from domain.lead.events import MessageMoved
from domain.lead.policies import MAX_RUNS
from eventlog.model import LogRecord
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from projections.read.outcomes import Outcome
from streams.commander import Commander
from streams.effects.opened import lead_of, opened
from streams.normalise.normaliser import MAX_WHY, Normaliser
from streams.runner.core import Again, Done, Ended, Hopeless, Refusal
from streams.runner.job import Job

NO_WINNER: Final = "journey_closed"
"""Code of the dead letter of a message that found nothing but closed journeys: its aliases never moved. Once they have,
`legion dlq retry` runs it again."""


def ended(outcome: Outcome | None) -> Ended:
    """What an outcome means for the effect that asked for it."""
    if outcome is None:
        return Again("outcome_unknown")
    return Done() if outcome.accepted else Refusal(outcome.code or "refused")


@dataclass(frozen=True, slots=True)
class CloseTurnEffect:
    """The window is over: says which message it was over for; a newer one makes it stale."""

    events: EventReader
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (c.MessageReceived, c.FloorGivenBack, c.ReplyFinished))
        if cause is None:
            return Again("moved")
        command = CloseTurn(lead=lead_of(row), conversation=id_of(row.stream), turn=row.key, last_message=row.version)
        return ended(await self.commander.ask(cause[0], row, str(uuid4()), command))


@dataclass(frozen=True, slots=True)
class ProvisionEffect:
    """Makes the company's schema of views. provision: idempotent, takes the company's id."""

    events: EventReader
    commander: Commander
    provision: Callable[[str], Awaitable[None]]

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (CompanyCreated,))
        if cause is None:
            return Again("moved")
        await self.provision(job.row.key)
        command = ConfirmProvisioned(company=job.row.key)
        return ended(await self.commander.ask(cause[0], job.row, str(uuid4()), command))


@dataclass(frozen=True, slots=True)
class RerunEffect:
    """Runs the raw body of a moved message again. record: (partition, offset) of [ingress] → it, None when gone."""

    events: EventReader
    commander: Commander
    normaliser: Normaliser
    record: Callable[[int, int], Awaitable[LogRecord | None]]

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (MessageMoved,))
        if cause is None:
            return Again("moved")
        recorded, moved = cause
        record = await self.record(moved.source_partition, moved.source_offset)
        if record is None:
            return Hopeless("body_gone")
        if moved.run > MAX_RUNS:
            why = f"run {moved.run} of {moved.provider_id}"[:MAX_WHY]
            await self.normaliser.bury(record, NO_WINNER, why, run=moved.run)
            return Hopeless(NO_WINNER)
        prepared = await self.normaliser.prepare(record, run=moved.run, only=moved.provider_id)
        if not await self.normaliser.commit(prepared):
            return Hopeless(prepared.dead[0] if prepared.dead else "dead_letter")
        command = ConfirmRerun(lead=moved.lead, provider_id=moved.provider_id, run=moved.run)
        return ended(await self.commander.ask(recorded, job.row, str(uuid4()), command))


@dataclass(frozen=True, slots=True)
class GivingUp:
    """Ends an effect without having done it; every aggregate accepts both."""

    events: EventReader
    commander: Commander

    async def abandon(self, row: EffectRow, code: str) -> bool:
        return await self._say(row, AbandonEffect(stream=row.stream, kind=row.kind.value, key=row.key, code=code))

    async def expire(self, row: EffectRow) -> bool:
        return await self._say(row, ExpireEffect(stream=row.stream, kind=row.kind.value, key=row.key))

    async def _say(self, row: EffectRow, command: Command) -> bool:
        recorded = await self.events.event_at(row.journey, row.stream, row.opened_version)
        if recorded is None:
            return False
        return await self.commander.ask(recorded, row, str(uuid4()), command) is not None
