"""From a webhook about a document to a hint for its contract. What it says of the document is not believed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.access.sight import WHOLE
from domain.contract.commands import HintContract
from domain.conversation.parts import SourcePosition
from domain.kernel.actor import NORMALISER
from domain.kernel.command import CommandMeta
from domain.kernel.errors import Poison
from domain.kernel.ids import derived, lead_journey
from gateways.autentique.webhook import Hint, Unread, read
from projections.read.contracts import Found, being_made, by_document, by_id
from projections.read.db import ReadDb
from streams.normalise.plan import WORD, Planned

WAIT_S: Final = 10.0
"""How long after its arrival a body waits for its document to be known: the first ones come before the answer that
names it. Counted from there, those that came together wait together, and nobody waits long behind them."""

NOT_OURS: Final = frozenset({"event_expired", "no_document", "unknown_document"})
"""Codes of bodies that were understood, and concern nobody here: they may be many, and are no sign that we fail."""

POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class ContractHints:
    reads: ReadDb
    wait_s: float = WAIT_S

    async def plan(
        self,
        company: str,
        body: bytes,
        source: SourcePosition,
        first: SourcePosition,
        *,
        arrived: datetime,
        now: datetime,
    ) -> Planned:
        """source: the record, which arrived then; first: the first with this body. now: by the database's clock. The
        same event gives the same command, however often it comes.

        Raises Poison `event_expired` and others of `webhook.Unread`, `no_document`, `unknown_document`; Unavailable.
        """
        hint = read(body, now)
        if isinstance(hint, Unread):
            raise Poison(hint.code, hint.why)
        if hint.document_id is None:
            raise Poison("no_document", f"{hint.type[:WORD]}: of no document")
        wait_s = self.wait_s - (now - arrived).total_seconds()
        found = await self._find(company, hint, hint.document_id, wait_s)
        if found is None:
            raise Poison("unknown_document", f"{hint.type[:WORD]}: of a document that no contract has")
        made = derived("hint", company, hint.event_id)
        meta = CommandMeta(
            command_id=made if source.run == 0 else derived("run", made, source.run),
            tenant=company,
            journey=lead_journey(found.lead),
            actor=NORMALISER,
            causation=derived("ingress", source.partition, source.offset),
            correlation=derived("ingress", first.partition, first.offset),
        )
        command = HintContract(
            lead=found.lead,
            contract=found.contract,
            document=hint.document_id,
            hint=made,
            kind=hint.type[:WORD],
        )
        return meta, command

    async def _find(self, company: str, hint: Hint, document: str, wait_s: float) -> Found | None:
        """By the document's id, else by our reference in its name. Waits only while one is being made: an account may
        have many documents that are not ours."""
        deadline = time.monotonic() + wait_s
        while True:
            async with self.reads.company(company, WHOLE) as conn:
                may_come = await being_made(conn, company)  # asked first: what is made meanwhile is found below
                found = await by_document(conn, company, document)
                if found is None and hint.reference is not None:
                    found = await by_id(conn, company, hint.reference)
            if found is not None or not may_come or time.monotonic() > deadline:
                return found
            await asyncio.sleep(POLL_S)
