"""The effect `resolve`: an attempt without an outcome is looked for at the provider, once its call is surely over.

Usually the provider's echo has come first and ended it (`ReceiveOwnMessage` knows the attempt by its tag). Not found is
no proof of not sent: it ends in sent or unknown, never in a new try.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.conversation import commands as k
from domain.conversation import events as c
from domain.conversation.parts import SentHow
from domain.kernel.command import Command
from domain.kernel.errors import LegionError
from domain.kernel.ids import id_of
from projections.read import timeline
from projections.read.conversations import conversation
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from streams.commander import Commander
from streams.effects.channel import Channels
from streams.effects.opened import lead_of, opened
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job
from vault.keys import SubjectKeys

PATIENCE: Final = timedelta(minutes=10)
"""How long a provider that cannot be asked is asked again: then people look, while they still remember."""

SKEW: Final = timedelta(minutes=2)
"""By how much the provider's clock may be behind ours: what is older was sent before."""


@dataclass(frozen=True, slots=True)
class ResolveEffect:
    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    commander: Commander
    channels: Channels

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (c.ChunkAttempted,))
        if cause is None:
            return Again("moved")
        recorded, attempted = cause
        try:
            provider_id = await self._find(row, recorded.at)
        except LegionError as away:
            if await self.reads.now() - row.opened_at < PATIENCE:
                return Again(away.code)
            provider_id = None
        result = result_of(row, attempted.claim, provider_id)
        return ended(await self.commander.ask(recorded, row, str(uuid4()), result))

    async def _find(self, row: EffectRow, since: datetime) -> str | None:
        """The provider's id of a message of ours with the chunk's words, not older than the attempt, not yet ours."""
        company = row.company_id
        async with self.reads.company(company, WHOLE) as conn:
            talk = await conversation(conn, company, id_of(row.stream))
            chunk = await timeline.message(conn, company, row.key)
        if talk is None or talk.address is None or chunk is None or chunk.text is None:
            return None
        sealer = await self.keys.sealer(company, row.journey)
        wanted = sealer.tag(chunk.text)
        channel = await self.channels.open(company, talk.instance_id)
        for seen in await channel.sent_lately(talk.address):
            old = seen.at is not None and seen.at < since - SKEW
            if old or sealer.tag(seen.text) != wanted:
                continue
            async with self.reads.company(company, WHOLE) as conn:
                if await timeline.by_provider_id(conn, company, talk.instance_id, seen.provider_id) is None:
                    return seen.provider_id
        return None


def result_of(row: EffectRow, claim: str, provider_id: str | None) -> Command:
    """What the search ends in. provider_id: of the message found, None if there was none."""
    names: dict[str, Any] = {
        "lead": lead_of(row),
        "conversation": id_of(row.stream),
        "chunk": row.key,
        "claim": claim,
    }
    if provider_id is None:
        return k.RecordOutcomeUnknown(**names)
    return k.RecordSent(**names, provider_id=provider_id, how=SentHow.QUERY)
