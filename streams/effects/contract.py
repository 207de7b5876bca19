"""The effect `contract`: one document made at the provider, at most once, whatever dies in between (design §4).

Each document is billed and there is no idempotency key: attempted first, called once, and what nobody knows is left to
`resolve_contract`, which looks for our reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from domain.contract import commands as k
from domain.contract import events as e
from domain.contract.parts import SentHow
from domain.kernel.command import Command
from domain.kernel.errors import InvalidInput, TooLarge
from domain.kernel.ids import id_of
from gateways.autentique.documents import Document
from gateways.errors import RefusedByProvider, RefusedForReasons
from projections.read.effects import EffectRow
from streams.commander import Commander
from streams.effects.one_call import Caller, OneCall, boot_time
from streams.effects.opened import lead_of, opened
from streams.effects.signing import Desk, Draft
from streams.runner.core import Again, Ended, Hopeless
from streams.runner.job import Job


@dataclass(frozen=True, slots=True)
class ContractCall(OneCall[Document]):
    """The provider answers with the document that it made."""

    draft: Draft

    def attempt(self) -> Command:
        return k.AttemptContract(**names(self.row), claim=self.claim, timeout_ms=self.timeout_ms)

    def not_called(self, retry_ms: int) -> Command:
        return k.RecordContractNotCalled(**names(self.row), claim=self.claim, retry_ms=retry_ms)

    def rejected(self, code: str, retry_ms: int) -> Command:
        return k.RecordContractRejected(**names(self.row), claim=self.claim, code=code, retry_ms=retry_ms)

    def failed(self, refused: RefusedByProvider) -> Command:
        return k.RecordContractFailed(**names(self.row), claim=self.claim, code=code_of(refused))

    def took(self, answer: Document) -> Command:
        return sent(self.row, self.claim, self.draft, answer, SentHow.ANSWER)


@dataclass(frozen=True, slots=True)
class ContractEffect:
    desk: Desk
    commander: Commander
    clock: Callable[[], float] = boot_time

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.desk.events, row, (e.ContractSendAsked,))
        if cause is None:
            return Again("moved")
        draft = await self.desk.draft(row)
        client = await self.desk.accounts.open(row.company_id)
        try:
            new = await self.desk.new_document(row, draft)
            new.variables()  # what it would refuse before a call is no attempt
        except (InvalidInput, TooLarge) as wrong:
            return Hopeless(wrong.code)
        call = ContractCall(row, str(uuid4()), self.clock(), self.desk.accounts.timeout_ms, draft)
        return await Caller(self.commander, self.clock).once(job, cause[0], call, lambda: client.create(new))


def names(row: EffectRow) -> dict[str, Any]:
    """The fields that all commands to a contract share."""
    return {"lead": lead_of(row), "contract": id_of(row.stream)}


def sent(row: EffectRow, claim: str, draft: Draft, document: Document, how: SentHow) -> Command:
    """The document is there."""
    return k.RecordContractSent(**names(row), claim=claim, document=document.id, how=how, links=draft.links(document))


def code_of(refused: RefusedByProvider) -> str:
    """The provider's own where it has one."""
    if isinstance(refused, RefusedForReasons) and refused.reasons:
        return refused.reasons[0].code
    return refused.code
