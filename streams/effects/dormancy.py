"""The effect `dormancy`: the time is over that a lead may be silent for. Whether they were says the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.conversation.events import MessageReceived
from domain.kernel.ids import stream_name
from domain.lead.commands import EndSilence
from domain.lead.events import SilenceAwaited
from domain.lead.parts import SeenTalk
from eventlog.model import Recorded
from projections.read.conversations import conversations
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from projections.read.qualification import dormant_ms, rules
from projections.read.versions import stream_version
from streams.commander import Commander
from streams.effects.opened import lead_of, opened
from streams.effects.simple import ended
from streams.runner.core import Again, Ended, Hopeless
from streams.runner.job import Job

MOST: Final = 10
"""Conversations of a lead that are looked at, the latest."""


@dataclass(frozen=True, slots=True)
class DormancyEffect:
    events: EventReader
    reads: ReadDb
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (SilenceAwaited,))
        if cause is None:
            return Again("moved")
        async with self.reads.company(row.company_id, WHOLE) as conn:
            after_ms = dormant_ms(await rules(conn, row.company_id))
        if not after_ms:
            return Hopeless("no_such_rule")  # it was withdrawn meanwhile
        seen, last = await self._heard(row)
        if last is None:
            return Again("not_projected")
        command = EndSilence(
            lead=lead_of(row), heard=last.meta.event_id, heard_at=last.at, after_ms=after_ms, seen=seen
        )
        return ended(await self.commander.ask(cause[0], row, str(uuid4()), command))

    async def _heard(self, row: EffectRow) -> tuple[tuple[SeenTalk, ...], Recorded | None]:
        """(conversations as they are looked at, the last that the lead wrote in any of them)."""
        async with self.reads.company(row.company_id, WHOLE) as conn:
            page = await conversations(conn, row.company_id, lead=lead_of(row), limit=MOST)
        seen, heard = [], []
        for talk in page.items:
            stream = stream_name("conversation", talk.id)
            async with self.reads.system() as conn:  # first: what comes after it makes the command refused
                seen.append(SeenTalk(conversation=talk.id, version=await stream_version(conn, stream)))
            heard.append(await self.events.last_of(row.journey, stream, MessageReceived.TOPIC))
        return tuple(seen), max(filter(None, heard), key=lambda recorded: recorded.at, default=None)
