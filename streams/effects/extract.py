"""The effect `extract`: what was said up to a turn's close is read for what the company's rules ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.centurion.settings import CenturionSettings
from domain.conversation.commands import RecordReading
from domain.conversation.events import TurnClosed
from domain.deal.parts import AutoHandoff
from domain.kernel.errors import LegionError
from domain.kernel.ids import derived
from domain.lead.parts import Fact
from domain.qualification import judge
from domain.qualification.settings import Rules
from gateways.chat.prices import Prices
from projections.read import known
from projections.read.centurions import centurion
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from projections.read.qualification import auto_handoff, rules
from streams import extraction
from streams.commander import Commander
from streams.effects.ai import Asker, Wish, usage_of
from streams.effects.opened import lead_of, opened
from streams.effects.said import said_until
from streams.effects.simple import ended
from streams.effects.unanswered import ANSWERLESS, unanswered
from streams.extraction import Found
from streams.runner.core import Again, Ended
from streams.runner.job import Job
from vault.codec import SubjectSealer
from vault.facts import sealed_fact
from vault.keys import SubjectKeys


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for. known: question's key → what is known so far."""

    rules: Rules
    settings: CenturionSettings
    known: dict[str, Any]
    handoff: AutoHandoff | None


@dataclass(frozen=True, slots=True)
class ExtractEffect:
    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    commander: Commander
    asker: Asker
    prices: Prices

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (TurnClosed,))
        if cause is None:
            return Again("moved")
        recorded, turn = cause
        asked = await self._asked(row, turn)
        if asked is None:
            return Again("settings_not_projected")
        sealer = await self.keys.sealer(row.company_id, row.journey)
        said = extraction.kept(await said_until(self.events, row.journey, row.stream, row.opened_version, sealer))
        model = asked.settings.model or self.asker.default_model
        messages = extraction.prompt(asked.rules, said, asked.known, recorded.at.date())
        wish = Wish(messages, model, 0.0, extraction.MAX_TOKENS, extraction.schema(asked.rules))
        try:
            with job.interruptible():
                answer = await self.asker.read(wish, lambda text: extraction.read(text, asked.rules, said))
        except ANSWERLESS as error:
            return await self._failed(row, error)
        command = RecordReading(
            lead=lead_of(row),
            conversation=turn.conversation,
            reply=turn.reply,
            facts=tuple(_fact(sealer, found) for found in answer.value.found),
            intent=answer.value.intent,
            dropped=answer.value.dropped,
            bar=judge.bar(turn.rules, asked.rules),
            handoff=asked.handoff,
            usage=usage_of(answer.paid, model, self.prices),
        )
        return ended(await self.commander.settle(recorded, row, str(uuid4()), command))

    async def _failed(self, row: EffectRow, error: LegionError) -> Ended:
        return unanswered(error, await self.reads.now() - row.opened_at)

    async def _asked(self, row: EffectRow, turn: TurnClosed) -> Asked | None:
        """None where the rules or the Centurion are not projected yet: they are of another journey."""
        company = row.company_id
        async with self.reads.company(company, WHOLE) as conn:
            found = await rules(conn, company, number=turn.rules)
            answering = await centurion(conn, company, turn.centurion, version=turn.centurion_version)
            if found is None or answering is None:
                return None
            facts = await known.facts(conn, company, lead_of(row))
            handoff = await auto_handoff(conn, company, found.rules.handoff, derived("deal", turn.reply))
        return Asked(found.rules, answering.settings, {fact.key: fact.value for fact in facts}, handoff)


def _fact(sealer: SubjectSealer, found: Found) -> Fact:
    return sealed_fact(
        sealer,
        found.question.key,
        found.value,
        points=judge.points(found.question, found.value),
        confidence=found.confidence,
        source=found.source,
    )
