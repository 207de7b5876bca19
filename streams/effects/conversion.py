"""The effect `conversion`: one event of a lead is reported to Meta, taken once or explained, whatever dies in between.

first time    who, what for, worth what ┬ not to be sent, or never taken: said so
                                        ├ the pixel is held: held
                                        └ AttemptConversion(payload) ── accepted ── sent in a batch
once more     what the log has as attempted, byte for byte, under the same name and id: Meta drops what it knows.
              After 47 hours it may have forgotten: the outcome stays unknown, and people decide.
answer        taken, refused: recorded · token dead, no access: the pixel and this one are held · else: later
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.conversion import commands as vc
from domain.conversion import events as v
from domain.conversion.aggregate import Conversion
from domain.conversion.milestones import MILESTONES
from domain.conversion.parts import Happened, RefusedBy, SkipReason, UnknownReason
from domain.conversion.wanted import Standing, skipped, unwanted
from domain.kernel.command import Command
from domain.kernel.errors import LegionError
from domain.kernel.event import Event
from domain.kernel.ids import derived, stream_name, tenant_journey
from domain.pixel.commands import HoldPixel
from domain.pixel.settings import HoldReason
from eventlog.model import Recorded
from gateways.meta.check import Ready
from gateways.meta.client import Dataset
from gateways.meta.errors import GraphError, MetaNotPermitted, MetaPayloadRefused, MetaRefused, MetaTokenDead
from gateways.meta.user import User
from projections.read import conversions, known, leads, pixels
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from projections.read.outcomes import Outcome
from projections.read.pixels import Kept
from streams import labels
from streams.commander import Commander, meta_elsewhere
from streams.conversion.dispatch import Answer, Dispatch, Dropped, Resting, Taken
from streams.conversion.person import user_of
from streams.conversion.prepare import Prepared, Wrong, prepared
from streams.conversion.step import Step, step_of
from streams.effects.opened import lead_of, opened
from streams.effects.simple import ended
from streams.runner.core import Again, Done, Ended
from streams.runner.job import Job
from vault.credentials import Credentials
from vault.keys import SubjectErased, SubjectKeys

KIND: Final = "meta"
"""Of a pixel's credential in the vault; its values are `token` and, if there is one, `app_secret`."""

_CAUSES: Final[tuple[type[Event], ...]] = (*MILESTONES, v.ConversionRequested, v.ConversionHeld)

_HOLDS: Final[dict[type[MetaRefused], HoldReason]] = {
    MetaTokenDead: HoldReason.TOKEN_DEAD,
    MetaNotPermitted: HoldReason.NOT_PERMITTED,
}
"""What people have to mend; any other no that is not an event's is REQUEST_REFUSED."""


@dataclass(frozen=True, slots=True)
class Report:
    """One effect on its way. recorded: the event that opened it. told: the newest attempt, None: there was none.
    conversion: as its own events say."""

    job: Job
    recorded: Recorded
    happened: Happened
    conversion: Conversion
    told: v.ConversionAttempted | None
    now: datetime

    @property
    def row(self) -> EffectRow:
        return self.job.row

    @property
    def lead(self) -> str:
        return lead_of(self.row)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionEffect:
    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    credentials: Credentials
    commander: Commander
    dispatch: Dispatch
    _holding: dict[str, asyncio.Task[Outcome | None]] = field(default_factory=dict)

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, _CAUSES)
        if cause is None:
            return Again("moved")
        conversion, told = await self._story(row)
        if not conversion.open:
            return Again("moved")
        happened = happened_of(cause[0])
        report = Report(job, cause[0], happened, conversion, told, await self.reads.now())
        try:
            return await self._take(report)
        except SubjectErased:
            return Done()  # the erasure ends the effect

    async def _take(self, report: Report) -> Ended:
        match step_of(report.conversion, report.happened.at, report.now):
            case Step.BEGIN:
                return await self._first(report)
            case Step.REPEAT:
                return await self._again(report)
            case Step.GIVE_UP:
                return await self._unknown(report, UnknownReason.TOO_LATE)
            case Step.EXPIRE:
                command = vc.ExpireConversion(lead=report.lead, conversion=report.row.key, happened=report.happened)
                return await self._say(report, command)

    async def _story(self, row: EffectRow) -> tuple[Conversion, v.ConversionAttempted | None]:
        name = stream_name(Conversion.CATEGORY, row.key)
        events = [placed.recorded.event for placed in await self.events.stream_events(row.journey, name)]
        attempts = [event for event in events if isinstance(event, v.ConversionAttempted)]
        return Conversion.blank(name).replay(events), attempts[-1] if attempts else None

    async def _first(self, report: Report) -> Ended:
        """Nothing of it has reached Meta, as far as anybody can know."""
        standing, pixel = await self._standing(report)
        if standing is None:
            return Again("lead_not_projected")
        made = await self._made(report, standing, pixel)
        if not isinstance(made, Prepared):
            return await self._say(report, _not_sent(report, made, pixel))
        assert pixel is not None, "without one it is skipped"
        if pixel.pixel.held is not None:
            return await self._hold(report, pixel.pixel.id, certain=True)
        return await self._begin(report, pixel, made)

    async def _begin(self, report: Report, pixel: Kept, made: Prepared) -> Ended:
        dataset = await self._dataset(report, pixel, pixel.pixel.dataset)
        if dataset is None:
            return Again("token_missing", NO_TOKEN)
        attempt = await self._attempt(report, pixel, made)
        outcome = await self.commander.ask(report.recorded, report.row, str(uuid4()), attempt)
        if outcome is None or not outcome.accepted:
            return ended(outcome)
        answer = await self.dispatch.send(dataset, made.ready, unwanted=lambda: report.job.cancelled)
        return await self._answered(report, pixel, dataset, answer, first=True)

    async def _again(self, report: Report) -> Ended:
        """Somebody has attempted it, and nobody knows what came of it."""
        told = report.told
        assert told is not None, "an attempt has an event"
        standing, _ = await self._standing(report)
        async with self.reads.company(report.row.company_id, WHOLE) as conn:
            pixel = await pixels.kept(conn, report.row.company_id, told.pixel)
        if standing is None:
            return Again("lead_not_projected")
        if pixel is None or pixel.pixel.retired:
            return await self._unknown(report, UnknownReason.PIXEL_RETIRED)
        if (reason := unwanted(pixel.pixel.consent, standing)) is not None:
            return await self._unknown(report, UnknownReason(reason.value))
        if pixel.pixel.held is not None:
            return await self._hold(report, told.pixel, certain=False)
        return await self._repeat(report, pixel, told)

    async def _repeat(self, report: Report, pixel: Kept, told: v.ConversionAttempted) -> Ended:
        """Byte for byte."""
        dataset = await self._dataset(report, pixel, told.dataset)
        if dataset is None:
            return Again("token_missing", NO_TOKEN)
        opener = await self.keys.opener(report.row.company_id, report.row.journey)
        ready = Ready(told.name, report.row.key, opener.text(labels.PAYLOAD, told.payload).encode())
        answer = await self.dispatch.send(dataset, ready, unwanted=lambda: report.job.cancelled)
        return await self._answered(report, pixel, dataset, answer, first=False)

    async def _answered(self, report: Report, pixel: Kept, dataset: Dataset, answer: Answer, *, first: bool) -> Ended:
        """first: this is the only call that was ever made of the attempt."""
        match answer:
            case Taken(trace):
                command = vc.RecordConversionAccepted(lead=report.lead, conversion=report.row.key, trace=trace)
                return await self._say(report, command)
            case MetaPayloadRefused():
                return await self._say(report, _refused(report, answer))
            case MetaRefused():
                held = await self._hold_pixel(report, pixel, dataset, answer)
                if held is None or not (held.accepted or held.code == "pixel_held"):
                    return Again("pixel_changed" if held else "outcome_unknown")
                return await self._hold(report, pixel.pixel.id, certain=first)
            case _:
                return _later(answer)

    async def _made(self, report: Report, standing: Standing, pixel: Kept | None) -> Prepared | Wrong | SkipReason:
        milestone = report.happened.milestone
        setup = pixel.pixel.setup if pixel else None
        if (reason := skipped(setup, milestone, standing)) is not None:
            return reason
        assert setup is not None, "without one it is skipped"
        wanted = setup.report(milestone)
        assert wanted is not None, "what is not enabled is skipped"
        return prepared(
            report.row.key,
            report.happened,
            wanted,
            standing,
            await self._user(report),
            limited=setup.limited,
            now=int(report.now.timestamp()),
        )

    async def _attempt(self, report: Report, pixel: Kept, made: Prepared) -> vc.AttemptConversion:
        """Raises SubjectErased."""
        company, journey = report.row.company_id, report.row.journey
        sealer = await self.keys.sealer(company, journey)
        return vc.AttemptConversion(
            lead=report.lead,
            conversion=report.row.key,
            happened=report.happened,
            pixel=pixel.pixel.id,
            dataset=pixel.pixel.dataset,
            name=made.ready.event_name,
            action_source=made.source,
            value=made.value,
            test_code=pixel.pixel.test_code,
            match=made.match,
            payload=sealer.text(labels.PAYLOAD, made.ready.body.decode()),
        )

    async def _standing(self, report: Report) -> tuple[Standing | None, Kept | None]:
        company = report.row.company_id
        async with self.reads.company(company, WHOLE) as conn:
            found = await conversions.standing(conn, company, report.row.key)
            if found is None:
                return None, None
            return found[0], await pixels.pixel_of(conn, company, found[1])

    async def _user(self, report: Report) -> User:
        company = report.row.company_id
        async with self.reads.company(company, WHOLE) as conn:
            aliases = await leads.aliases(conn, company, report.lead)
            touches = await known.touches(conn, company, report.lead)
        return user_of(report.lead, aliases, touches)

    async def _dataset(self, report: Report, pixel: Kept, dataset: str) -> Dataset | None:
        """With the token that the vault has now; None where it has none."""
        found = await self.credentials.get(report.row.company_id, KIND, pixel.pixel.id)
        if found is None:
            return None
        return Dataset(
            id=dataset,
            token=found.values["token"],
            app_secret=found.values.get("app_secret", ""),
            test_code=pixel.pixel.test_code or "",
        )

    async def _hold(self, report: Report, pixel: str, *, certain: bool) -> Ended:
        command = vc.HoldConversion(
            lead=report.lead,
            conversion=report.row.key,
            happened=report.happened,
            pixel=pixel,
            certain=certain,
        )
        return await self._say(report, command)

    async def _unknown(self, report: Report, reason: UnknownReason) -> Ended:
        command = vc.RecordConversionUnknown(lead=report.lead, conversion=report.row.key, reason=reason)
        return await self._say(report, command)

    async def _say(self, report: Report, command: Command) -> Ended:
        return ended(await self.commander.settle(report.recorded, report.row, str(uuid4()), command))

    async def _hold_pixel(self, report: Report, pixel: Kept, dataset: Dataset, refused: MetaRefused) -> Outcome | None:
        """Once for all of a batch, and for all processes: its id follows from what was refused."""
        company = report.row.company_id
        command = HoldPixel(
            pixel=pixel.pixel.id,
            company=company,
            token=pixel.token or "",
            dataset=dataset.id,
            reason=next((why for kind, why in _HOLDS.items() if isinstance(refused, kind)), HoldReason.REQUEST_REFUSED),
            code=refused.said.code,
            subcode=refused.said.subcode,
            trace=refused.said.trace,
        )
        id_ = derived("hold-pixel", pixel.pixel.id, command.token, dataset.id, pixel.releases)
        meta = meta_elsewhere(report.recorded, id_, tenant_journey(company))
        if id_ not in self._holding:
            task = self._holding[id_] = asyncio.create_task(self.commander.tell(meta, command))
            task.add_done_callback(lambda _: self._holding.pop(id_, None))
        return await asyncio.shield(self._holding[id_])


NO_TOKEN: Final = timedelta(minutes=5)
"""The log says that there is a token and the vault has none: it was restored, or is about to learn of a new one."""


def happened_of(recorded: Recorded) -> Happened:
    """What is reported, from the event that opened the effect: it happened then, or was asked for again."""
    event, meta = recorded.event, recorded.meta
    if isinstance(event, v.ConversionRequested | v.ConversionHeld):
        return event.happened
    return Happened(
        milestone=MILESTONES[type(event)], stream=meta.stream, version=meta.version, event=meta.event_id, at=recorded.at
    )


def _later(answer: Dropped | Resting | LegionError) -> Ended:
    """Nobody is to blame, and it may be sent again."""
    if isinstance(answer, Dropped):
        return Done()
    if isinstance(answer, Resting):
        return Again("meta_throttled", timedelta(seconds=answer.seconds))
    return Again(answer.code, timedelta(seconds=getattr(answer, "retry_after_s", None) or 0))


def _not_sent(report: Report, why: Wrong | SkipReason, pixel: Kept | None) -> Command:
    if isinstance(why, SkipReason):
        return vc.SkipConversion(
            lead=report.lead,
            conversion=report.row.key,
            happened=report.happened,
            pixel=pixel.pixel.id if pixel else None,
            reason=why,
        )
    return _refusal(report, RefusedBy.CHECK, why.cause, why.fields, None)


def _refused(report: Report, answer: MetaPayloadRefused) -> Command:
    return _refusal(report, RefusedBy.META, answer.cause.code, (), answer.said)


def _refusal(report: Report, by: RefusedBy, cause: str, fields: tuple[str, ...], said: GraphError | None) -> Command:
    return vc.RecordConversionRefused(
        lead=report.lead,
        conversion=report.row.key,
        happened=report.happened,
        by=by,
        cause=cause,
        fields=fields,
        code=said.code if said else None,
        subcode=said.subcode if said else None,
        trace=said.trace if said else None,
    )
