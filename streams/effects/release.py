"""The effect `release`: what was held for a pixel is asked for again, all of it.

A conversion may be held once more by who has read that the pixel was held right before it was released. So it goes on
looking for a minute after the release; what even that misses is looked at once a day.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.conversion.commands import ReleaseConversion
from domain.kernel.ids import derived, lead_journey
from domain.pixel.commands import ConfirmCaughtUp
from domain.pixel.events import PixelReleased
from eventlog.model import Recorded
from projections.read import conversions
from projections.read.conversions import Conversion
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from streams.commander import Commander, meta_elsewhere
from streams.effects.opened import opened
from streams.effects.simple import ended
from streams.runner.core import Again, Done, Ended
from streams.runner.job import Job

AT_ONCE: Final = 100
"""Commands that are waited for together: about a tenth of a second."""

WATCH: Final = timedelta(minutes=1)
"""Twelve times as long as a command that holds one may take."""

LOOK: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class ReleaseEffect:
    events: EventReader
    reads: ReadDb
    commander: Commander

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, (PixelReleased,))
        if cause is None:
            return Again("moved")
        recorded = cause[0]
        while not job.cancelled and (held := await self._held(row)):
            asked = await asyncio.gather(*(self._ask(recorded, row, each) for each in held))
            if not all(asked):
                return Again("outcome_unknown")
        if job.cancelled:
            return Done()
        if await self.reads.now() - row.opened_at < WATCH:
            return Again("watching", LOOK)
        async with self.reads.company(row.company_id, WHOLE) as conn:
            count = await conversions.requested_since(conn, row.company_id, row.key, row.opened_at)
        command = ConfirmCaughtUp(pixel=row.key, company=row.company_id, conversions=count)
        return ended(await self.commander.settle(recorded, row, str(uuid4()), command))

    async def _held(self, row: EffectRow) -> list[Conversion]:
        async with self.reads.company(row.company_id, WHOLE) as conn:
            return await conversions.held(conn, row.company_id, row.key, AT_ONCE)

    async def _ask(self, recorded: Recorded, row: EffectRow, held: Conversion) -> bool:
        """Whether its outcome is known: it goes on, or is over already. The id: of this time that it was held."""
        id_ = derived("release", row.id, row.version, held.id, str(held.retry_at))
        meta = meta_elsewhere(recorded, id_, lead_journey(held.lead_id))
        command = ReleaseConversion(lead=held.lead_id, conversion=held.id, happened=held.happened)
        return await self.commander.tell(meta, command) is not None
