"""The effects `cancel_contract` and `resend_contract`: what people ask of a document that is out.

Cancelling may be done twice. Asking a signer again twice is a mail too many and no more; the provider refuses it within
a minute, and what nobody knows is told and not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

from domain.contract import commands as k
from domain.contract import events as e
from domain.kernel.command import Command
from domain.kernel.errors import GatewayFailed, OutcomeUnknown
from gateways.errors import RateLimited, RefusedByProvider
from streams.commander import Commander
from streams.effects.contract import code_of, names
from streams.effects.opened import opened
from streams.effects.signing import Desk
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job

PAUSE: Final = timedelta(minutes=1)
"""After a provider that answers with an error, or "too fast": its window is a minute."""


@dataclass(frozen=True, slots=True)
class CancelContractEffect:
    desk: Desk
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.desk.events, row, (e.ContractCancelAsked,))
        head = await self.desk.head(row)
        if cause is None or head.document is None:
            return Again("moved")
        client = await self.desk.accounts.open(row.company_id)
        command: Command
        try:
            document = await client.cancel(head.document, await self.desk.now())
        except RateLimited as later:
            return Again(later.code, PAUSE)
        except RefusedByProvider as refused:
            command = k.RecordContractCancelRefused(**names(row), code=code_of(refused))
        except GatewayFailed as failed:
            return Again(failed.code, PAUSE)
        else:
            code = "document_not_seen" if document is None else "signed_already" if document.signed else None
            command = (
                k.RecordContractCancelled(**names(row))
                if code is None
                else k.RecordContractCancelRefused(**names(row), code=code)
            )
        return ended(await self.commander.settle(cause[0], row, str(uuid4()), command))


@dataclass(frozen=True, slots=True)
class ResendContractEffect:
    desk: Desk
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.desk.events, row, (e.ContractResendAsked,))
        head = await self.desk.head(row)
        if cause is None or head.document is None:
            return Again("moved")
        recorded, asked = cause
        draft = await self.desk.draft(row)
        client = await self.desk.accounts.open(row.company_id)
        code = None
        try:
            document = await client.document(head.document)
            part = draft.part_of(document).get(asked.signer) if document else None
            if part is None:
                code = "document_not_seen"
            else:
                await client.resend([part.public_id])
        except RateLimited as later:
            return Again(later.code, PAUSE)
        except RefusedByProvider as refused:
            code = code_of(refused)
        except OutcomeUnknown as unknown:
            code = unknown.code
        except GatewayFailed as failed:
            return Again(failed.code, PAUSE)
        command = k.RecordContractResent(**names(row), signer=asked.signer, code=code)
        return ended(await self.commander.settle(recorded, row, str(uuid4()), command))
