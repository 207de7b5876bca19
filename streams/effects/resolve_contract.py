"""The effect `resolve_contract`: a document that may have been made is looked for at the provider, by our reference.

Not found is no proof of not made: it ends in sent or unknown, never in a new try. What is unknown a person settles, or
the provider's next webhook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from domain.contract import commands as k
from domain.contract import events as e
from domain.contract.parts import SentHow
from domain.kernel.errors import LegionError
from gateways.autentique.client import AutentiqueClient
from gateways.autentique.documents import Document
from gateways.autentique.naming import carries
from streams.commander import Commander
from streams.effects.contract import names, sent
from streams.effects.opened import opened
from streams.effects.signing import Desk
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job

PATIENCE: Final = timedelta(minutes=10)
"""How long a provider that cannot be asked is asked again: then people look."""

PAUSE: Final = timedelta(seconds=10)
"""Between two searches that failed: each may be billed."""

_OPENERS: Final[tuple[type[e.ContractAttempted | e.ContractSearchAsked], ...]] = (
    e.ContractAttempted,
    e.ContractSearchAsked,
)

_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ResolveContractEffect:
    desk: Desk
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.desk.events, row, _OPENERS)
        if cause is None:
            return Again("moved")
        recorded, asked = cause
        draft = await self.desk.draft(row)
        document = asked.document if isinstance(asked, e.ContractSearchAsked) else None
        try:
            client = await self.desk.accounts.open(row.company_id)
            found = await find(client, asked.contract, document)
        except LegionError as away:
            if await self.desk.now() - row.opened_at < PATIENCE:
                return Again(away.code, PAUSE)
            found = None
        if found is None:
            command = k.RecordContractUnknown(**names(row), claim=asked.claim)
            return ended(await self.commander.ask(recorded, row, str(uuid4()), command))
        told = sent(row, asked.claim, draft, found, SentHow.SEARCH)
        return ended(await self.commander.settle(recorded, row, str(uuid4()), told))


async def find(client: AutentiqueClient, contract: str, document: str | None) -> Document | None:
    """The document of that id, if it is the contract's; else by our reference: the newest, for an older one was said
    not to be there. Raises GatewayFailed, Unavailable."""
    if document is not None:
        named = await client.document(document)
        if named is not None and carries(named.name, contract):
            return named
    made = await client.find(contract)
    return max(made, key=lambda each: each.created_at or _EVER, default=None)
