"""A runner that confirms a company's schema before it makes it, and dies between the two where the fuse is."""

from __future__ import annotations

from uuid import uuid4

from domain.holding.commands import ConfirmProvisioned
from domain.holding.events import CompanyCreated
from proof.harm import provisioning
from streams.effects.opened import opened
from streams.effects.simple import ProvisionEffect, ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job


async def call(self: ProvisionEffect, job: Job) -> Ended:
    cause = await opened(self.events, job.row, (CompanyCreated,))
    if cause is None:
        return Again("moved")
    command = ConfirmProvisioned(company=job.row.key)
    outcome = await self.commander.ask(cause[0], job.row, str(uuid4()), command)
    await self.provision(job.row.key)
    return ended(outcome)


def plant() -> None:
    provisioning.plant()
    ProvisionEffect.__call__ = call  # type: ignore[method-assign]
