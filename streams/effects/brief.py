"""The effect `brief`: what was said to and by a lead, told to the person who takes it over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.deal.commands import BriefDeal
from domain.deal.events import DealOpened
from domain.kernel.ids import stream_name
from domain.kernel.sealed import BriefText, label_of
from gateways.chat.prices import Prices
from projections.read.companies import company
from projections.read.conversations import conversations
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from projections.read.versions import stream_version
from streams import briefing
from streams.commander import Commander
from streams.effects.ai import Asker, Wish, usage_of
from streams.effects.opened import opened
from streams.effects.said import said_in_all
from streams.effects.simple import ended
from streams.effects.unanswered import ANSWERLESS, unanswered
from streams.prompt import latest
from streams.runner.core import Again, Done, Ended, Hopeless
from streams.runner.job import Job
from vault.keys import SubjectKeys

MOST: Final = 10
"""Conversations of a lead that are read, the latest: one for each number of the company's that they wrote to."""

NOTHING_SAID: Final = "nothing_said"
"""Why there is no brief of a lead that nobody has spoken with."""


@dataclass(frozen=True, slots=True)
class BriefEffect:
    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    commander: Commander
    asker: Asker
    prices: Prices

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (DealOpened,))
        if cause is None:
            return Again("moved")
        recorded, deal = cause
        versions, locale = await self._read(row, deal.lead)
        if locale is None:
            return Again("company_not_projected")
        sealer = await self.keys.sealer(row.company_id, row.journey)
        said = latest(await said_in_all(self.events, row.journey, versions, sealer))
        if not said:
            return Hopeless(NOTHING_SAID)
        model = self.asker.default_model
        wish = Wish(briefing.prompt(said, locale), model, 0.0, briefing.MAX_TOKENS, briefing.SCHEMA)
        try:
            with job.interruptible():
                answer = await self.asker.read(wish, lambda text: briefing.read(text, said))
        except ANSWERLESS as error:
            return unanswered(error, await self.reads.now() - row.opened_at)
        if job.cancelled:
            return Done()
        command = BriefDeal(
            lead=deal.lead,
            deal=deal.deal,
            brief=sealer.json(label_of(BriefText), answer.value),
            evidence=answer.value.evidence,
            usage=usage_of(answer.paid, model, self.prices),
        )
        return ended(await self.commander.settle(recorded, row, str(uuid4()), command))

    async def _read(self, row: EffectRow, lead: str) -> tuple[dict[str, int], str | None]:
        """(stream of each conversation → its version, the company's language)."""
        async with self.reads.company(row.company_id, WHOLE) as conn:
            page = await conversations(conn, row.company_id, lead=lead, limit=MOST)
            found = await company(conn, row.company_id)
        async with self.reads.system() as conn:
            streams = [stream_name("conversation", talk.id) for talk in page.items]
            versions = {stream: await stream_version(conn, stream) for stream in streams}
        return versions, found.locale if found else None
