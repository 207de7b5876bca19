"""The effect `check_contract`: the document is asked what is so; webhooks and time only say when.

When all have signed, the signed PDF is fetched and kept before the signature counts: its digest stands in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.contract import commands as k
from domain.contract import events as e
from domain.contract.parts import AfterSigning, SignedFile
from domain.deal.parts import Place
from domain.kernel.command import Command
from domain.kernel.errors import GatewayFailed, TooLarge, Unavailable
from domain.kernel.ids import derived
from gateways.autentique.client import AutentiqueClient
from gateways.autentique.documents import Document
from projections.read import deals, pipelines
from projections.read.contracts import Contract
from projections.read.effects import EffectRow
from streams.commander import Commander
from streams.effects.contract import names
from streams.effects.opened import lead_of, opened
from streams.effects.signing import Desk, Draft
from streams.effects.simple import ended
from streams.runner.core import Again, Ended, Hopeless
from streams.runner.job import Job
from vault.files import Files, NewFile
from vault.keys import SubjectErased

LATER: Final = timedelta(minutes=1)
"""After a provider that refuses to answer: a token may be changed, and each question may be billed."""

UNSEEN: Final = timedelta(hours=1)
"""After a document that the account does not see: most likely the token is another account's."""

OPENERS: Final = (e.ContractSent, e.ContractHinted, e.ContractChecked, e.ContractCancelRefused)


@dataclass(frozen=True, slots=True)
class CheckContractEffect:
    desk: Desk
    commander: Commander
    files: Files

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.desk.events, row, OPENERS)
        if cause is None:
            return Again("moved")
        try:
            command = await self._command(row)
        except GatewayFailed as failed:
            return Again(failed.code, LATER)
        except (SubjectErased, TooLarge) as never:
            return Hopeless(never.code)
        if command is None:
            return Again("document_not_seen", UNSEEN)
        return ended(await self.commander.settle(cause[0], row, str(uuid4()), command))

    async def _command(self, row: EffectRow) -> Command | None:
        """What the document says; None: the account does not see it. Raises GatewayFailed, Unavailable, SubjectErased,
        TooLarge."""
        draft, head = await self.desk.draft(row), await self.desk.head(row)
        if head.document is None:
            raise Unavailable("moved")
        client = await self.desk.accounts.open(row.company_id)
        document = await client.document(head.document)
        if document is None:
            return None
        file = await self._file(row, client, document, draft) if document.signed else None
        deadline = document.deadline_at or draft.event.deadline_at
        return k.RecordContractState(
            **names(row),
            deal=draft.event.deal,
            check=row.version,
            signers=draft.seen(document),
            passed=deadline is not None and deadline <= await self.desk.now(),
            gone=document.deleted_at is not None,
            file=file,
            after=await self._after(row, head) if file is not None else None,
        )

    async def _file(self, row: EffectRow, client: AutentiqueClient, document: Document, draft: Draft) -> SignedFile:
        """The signed PDF, kept. Raises GatewayFailed, TooLarge, SubjectErased, Unavailable."""
        address = document.files.signed or document.files.pades
        if address is None:
            raise GatewayFailed("file_missing", "all have signed, and no file is named")
        found = await client.download(address)
        contract = draft.event.contract
        new = NewFile(
            id=derived("signed contract", contract, found.sha256),
            company=row.company_id,
            name=f"contract-{contract}.pdf",
            media_type="application/pdf",
            made_by="system:effect-runner",
        )
        kept = await self.files.keep(new, found.content, lead=lead_of(row))
        return SignedFile(file=kept.id, sha256=kept.sha256, size=kept.size)

    async def _after(self, row: EffectRow, head: Contract) -> AfterSigning | None:
        """What the deal's pipeline says of a signature. None where it says nothing, or names what is not there."""
        async with self.desk.reads.company(row.company_id, WHOLE) as conn:
            deal = await deals.deal(conn, row.company_id, head.deal_id)
            pipeline = deal and await pipelines.pipeline(conn, row.company_id, deal.pipeline_id)
        if not pipeline or pipeline.on_signature is None:
            return None
        rule = pipeline.on_signature
        stage = next((each for each in pipeline.stages if each.id == rule.stage), None)
        place = None if stage is None else Place(pipeline=pipeline.id, stage=stage.id, requires=stage.requires)
        return AfterSigning(place=place, wins=rule.wins, reason=rule.reason)
