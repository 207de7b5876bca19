"""The effect `forget_user`: the vault lets go of the address, of the login and of the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from domain.kernel.ids import HOLDING_TENANT
from domain.people.commands import ConfirmUserForgotten
from domain.people.events import UserErased
from projections.read.events import EventReader
from streams.commander import Commander
from streams.effects.opened import opened
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job
from vault.erasure import ErasedLead, Erasure

REASON: Final = "user_request"
"""The tombstone's. The event's own is what somebody typed: the vault keeps codes only."""


@dataclass(frozen=True, slots=True)
class ForgetUserEffect:
    """The read models were emptied with the event, by the projector."""

    events: EventReader
    commander: Commander
    erasure: Erasure

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (UserErased,))
        if cause is None:
            return Again("moved")
        recorded, erased = cause
        await self.erasure.catch_up(told_of(erased))
        return ended(await self.commander.ask(recorded, job.row, str(uuid4()), ConfirmUserForgotten(user=erased.user)))


def told_of(event: UserErased) -> ErasedLead:
    """What the vault has to learn from the event. No body in [ingress] is a user's: there are no ends."""
    return ErasedLead(
        company=HOLDING_TENANT,
        lead=event.user,
        hashes=(event.email_hash,),
        ends=(),
        opted_out=False,
        reason=REASON,
        at=event.timestamp,
    )
