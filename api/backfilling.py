"""What happened and Meta was not told, told after all."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, Field

from api.auth import Caller
from api.bodies import Strict
from api.services import Services
from domain.conversion.commands import RequestConversion
from domain.conversion.parts import ConversionState, RequestReason
from domain.conversion.policies import MARGIN, TAKEN_FOR
from domain.conversion.wanted import skipped
from domain.kernel.errors import InvalidInput, LegionError, Refused
from domain.kernel.ids import derived, lead_journey
from domain.pixel.settings import Milestone
from projections.read import conversions, pixels
from projections.read.conversions import Conversion, Unreported
from projections.read.pixels import Pixel

AT_ONCE: Final = 500
"""Of one call: some seconds of commands."""

TOGETHER: Final = 50
"""Commands that are waited for side by side."""

_LEFT_ALONE: Final = {
    ConversionState.DUE: "on_its_way",
    ConversionState.ATTEMPTED: "on_its_way",
    ConversionState.HELD: "held",
    ConversionState.UNKNOWN: "outcome_unknown",
}
"""Of these nothing is asked: they go on by themselves, or a person decides about each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Of one milestone: how many are sent, and of the others how many for which reason not."""

    milestone: Milestone
    sent: int
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """dry_run: nothing was asked for. failed: how many could not be asked for now; call again. next: goes on behind
    those that are counted here; None: that was all."""

    dry_run: bool
    counts: tuple[Counted, ...]
    failed: int
    next: str | None


class Backfill(Strict):
    """since: not more than seven days ago, Meta takes nothing older. until: not included; none: now."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    dry_run: bool = True
    after: str | None = Field(default=None, max_length=500, description="`next` of the call before")

    async def run(self, services: Services, caller: Caller, tenant: str, pixel: Pixel) -> Backfilled:
        """Raises Refused `pixel_retired`; InvalidInput `period_too_old`, `period_empty`, `cursor_invalid`."""
        if pixel.retired:
            raise Refused("pixel_retired")
        now = await services.reads.now()
        until = min(self.until or now, now)
        # Who pages on names the same period a little later: its oldest are then expired one by one, and not refused.
        if self.after is None and self.since < now - TAKEN_FOR:
            raise InvalidInput("period_too_old", "since: Meta takes nothing that is older than seven days")
        if self.since >= until:
            raise InvalidInput("period_empty", "until: later than since")
        async with services.reads.company(tenant, caller.sight) as conn:
            all_pixels = [each for each in await pixels.pixels(conn, tenant) if not each.retired]
            page = await conversions.unreported(conn, tenant, self.since, until, limit=AT_ONCE, after=self.after)
        mine = [each for each in page.items if _pixel_of(all_pixels, each.centurion_id) == pixel.id]
        why = {each.conversion.id: _left_out(each, pixel, now) for each in mine}
        asked = [each.conversion for each in mine if why[each.conversion.id] is None]
        failed = 0 if self.dry_run else await _ask(services, caller, tenant, asked)
        return Backfilled(dry_run=self.dry_run, counts=_counts(mine, why), failed=failed, next=page.next)


def _pixel_of(all_pixels: list[Pixel], centurion: str | None) -> str | None:
    """As `projections.read.pixels.pixel_of`."""
    own = [each for each in all_pixels if each.centurion_id in (None, centurion)]
    own.sort(key=lambda each: each.centurion_id is None)
    return own[0].id if own else None


def _left_out(each: Unreported, pixel: Pixel, now: datetime) -> str | None:
    """Why it is not asked for; None where it is."""
    if (code := _LEFT_ALONE.get(ConversionState(each.conversion.state))) is not None:
        return code
    if each.conversion.happened_at < now - TAKEN_FOR + MARGIN:
        return "too_old"
    reason = skipped(pixel.setup, Milestone(each.conversion.milestone), each.standing)
    return reason and reason.value


def _counts(mine: list[Unreported], why: dict[str, str | None]) -> tuple[Counted, ...]:
    found: dict[str, Counter[str | None]] = {}
    for each in mine:
        found.setdefault(each.conversion.milestone, Counter())[why[each.conversion.id]] += 1
    return tuple(
        Counted(
            milestone=milestone,
            sent=counter[None],
            left_out={reason: count for reason, count in sorted(counter.items(), key=str) if reason is not None},
        )
        for milestone in Milestone
        if (counter := found.get(milestone.value))
    )


async def _ask(services: Services, caller: Caller, tenant: str, asked: list[Conversion]) -> int:
    """How many failed. The command's id is of how the conversion stood: the same call again asks nothing twice."""
    failed = 0
    for start in range(0, len(asked), TOGETHER):
        done = await asyncio.gather(
            *(_ask_one(services, caller, tenant, each) for each in asked[start : start + TOGETHER])
        )
        failed += done.count(False)
    return failed


async def _ask_one(services: Services, caller: Caller, tenant: str, each: Conversion) -> bool:
    command = RequestConversion(
        lead=each.lead_id,
        conversion=each.id,
        happened=each.happened,
        reason=RequestReason.BACKFILL,
        anyway=False,
    )
    id_ = derived("backfill", each.id, each.state, each.attempts, str(each.answered_at))
    try:
        await services.commander.run(
            caller, tenant=tenant, journey=lead_journey(each.lead_id), id_=id_, command=command
        )
    except Refused:
        return True  # it has moved on since it was read: that is what was wanted
    except LegionError:
        return False
    return True
