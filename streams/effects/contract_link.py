"""The effect `contract_link`: where to sign, said to the lead in their newest conversation.

The notice and its pieces have ids that follow from the event that asked for it: done twice it is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.contract import commands as k
from domain.contract import events as e
from domain.contract.parts import Reach
from domain.conversation.parts import Chunk
from domain.kernel.command import Command
from domain.kernel.ids import derived
from projections.read import contracts
from projections.read.conversations import conversations
from projections.read.effects import EffectRow
from streams import labels
from streams.commander import Commander
from streams.effects.contract import names
from streams.effects.opened import lead_of, opened
from streams.effects.signing import Desk, Draft
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job

BUSY: Final = "conversation_busy"
SOON: Final = timedelta(seconds=2)
"""Until a conversation that is busy is asked again: an answer takes some seconds to be typed."""

TYPING_MS: Final = 1_000
"""How long "composing" shows: nobody types such a link, it is pasted."""

WORDS: Final = {
    "pt": "Seu contrato está pronto. Você pode ler e assinar aqui: {link}",
    "en": "Your contract is ready. You can read and sign it here: {link}",
    "es": "Tu contrato está listo. Puedes leerlo y firmarlo aquí: {link}",
}
"""By language. Only known languages can be a contract's."""


@dataclass(frozen=True, slots=True)
class ContractLinkEffect:
    desk: Desk
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.desk.events, row, (e.ContractSent, e.ContractLinkAsked))
        if cause is None:
            return Again("moved")
        draft = await self.desk.draft(row)
        outcome = await self.commander.ask(cause[0], row, str(uuid4()), await self._command(row, draft))
        if outcome is not None and outcome.code == BUSY:
            return Again(BUSY, SOON)
        return ended(outcome)

    async def _command(self, row: EffectRow, draft: Draft) -> Command:
        company, contract = row.company_id, draft.event.contract
        async with self.desk.reads.company(company, WHOLE) as conn:
            page = await conversations(conn, company, lead=lead_of(row), limit=1)
            signers = await contracts.signers(conn, company, contract)
        link = next((each.link for each in signers if each.reach == Reach.CHANNEL), None)
        talk = next((each for each in page.items if each.address is not None), None)
        if link is None or talk is None:
            code = "no_link" if link is None else "no_conversation"
            return k.RecordContractLinkNotSent(**names(row), code=code)
        text = WORDS[draft.event.locale.partition("-")[0]].format(link=link)
        notice = derived("contract link", contract, row.opened_version)
        chunk = Chunk(
            chunk=derived("chunk", notice, 0),
            seq=0,
            text=draft.sealer.text(labels.TEXT, text),
            tag=draft.sealer.tag(text),
            typing_ms=TYPING_MS,
        )
        return k.SayContractLink(**names(row), conversation=talk.id, notice=notice, chunks=(chunk,))
