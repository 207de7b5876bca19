"""Forgetting a person: the key at once, the raw bodies when their days have aged out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

from domain.lead.commands import CompleteErasure, ConfirmForgotten
from domain.lead.events import LeadErased, LeadForgotten
from projections.read.events import EventReader
from streams.aging import Aging, aged_out_at, last_day_of
from streams.commander import Commander
from streams.effects.opened import opened
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job
from vault.erasure import ErasedLead, Erasure

LATER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class EraseEffect:
    """Destroys the key and empties the vault's tables. The read models were emptied with the event, by the projector;
    files of media are not kept anywhere yet."""

    events: EventReader
    commander: Commander
    erasure: Erasure

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (LeadErased,))
        if cause is None:
            return Again("moved")
        recorded, erased = cause
        await self.erasure.catch_up(told_by(recorded.meta.tenant, erased))
        # A body of the same moment may be of the next day by the clock of the edge.
        until = aged_out_at((erased.timestamp + timedelta(hours=1)).date())
        command = ConfirmForgotten(lead=erased.lead, bodies_until=until)
        return ended(await self.commander.ask(recorded, job.row, str(uuid4()), command))


@dataclass(frozen=True, slots=True)
class CompleteErasureEffect:
    """Looks whether the last raw body of before has aged out, and says so."""

    events: EventReader
    commander: Commander
    aging: Aging

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (LeadForgotten,))
        if cause is None:
            return Again("moved")
        recorded, forgotten = cause
        await self.aging.once()
        if await self.aging.vault.daykeys.opens_until(last_day_of(forgotten.bodies_until)):
            return Again("day_key_left", LATER)
        return ended(await self.commander.ask(recorded, job.row, str(uuid4()), CompleteErasure(lead=forgotten.lead)))


def told_by(company: str, event: LeadErased) -> ErasedLead:
    """What the vault has to learn from the event."""
    return ErasedLead(
        company=company,
        lead=event.lead,
        hashes=event.alias_hashes,
        ends=event.ingress_ends,
        opted_out=event.opted_out,
        reason=event.reason.value,
        at=event.timestamp,
    )
