"""What a company reports to Meta."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from domain.contract import events as k
from domain.conversion import events as v
from domain.conversion.milestones import conversion_id
from domain.conversion.parts import ConversionState
from domain.effect import events as x
from domain.kernel.ids import category_of
from domain.kernel.sealed import ConversionPayload
from domain.lead import events as ld
from domain.pixel import events as px
from domain.pixel.settings import HoldReason, Milestone
from projections.engine.columns import Bool, Int, Json, Text, Time, WordsJson
from projections.engine.ops import Add, Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class PixelConfigs(Table):
    """dataset: the pixel's id at Meta; its token is the vault's. centurion_id: None for all leads of who has no pixel
    of their own. reports: `Report` as JSON. token: reference of the vault's. held: why nothing is sent, since held_at;
    held_code: Meta's code and subcode. releases: how often it was released."""

    id: Text
    name: Text
    dataset: Text
    centurion_id: Text | None
    test_code: Text | None
    consent: Text
    limited: Bool
    reports: Json
    token: Text | None
    token_at: Time | None
    held: Text | None
    held_at: Time | None
    held_code: Text | None
    held_trace: Text | None
    releases: Int = 0
    added_at: Time
    retired: Bool = False

    def PixelAdded(self, e: Seen[px.PixelAdded]) -> Ops:
        return put(e.event.pixel, held=HoldReason.TOKEN_MISSING, held_at=e.at, added_at=e.at, **_setup(e.event))

    def PixelChanged(self, e: Seen[px.PixelChanged]) -> Ops:
        return change(e.event.pixel, **_setup(e.event))

    def PixelRetired(self, e: Seen[px.PixelRetired]) -> Ops:
        return change(e.event.pixel, retired=True)

    def PixelTokenSet(self, e: Seen[px.PixelTokenSet]) -> Ops:
        return change(e.event.pixel, token=e.event.token, token_at=e.at)

    def PixelHeld(self, e: Seen[px.PixelHeld]) -> Ops:
        code = "/".join(str(each) for each in (e.event.code, e.event.subcode) if each is not None)
        return change(
            e.event.pixel, held=e.event.reason, held_at=e.at, held_code=code or None, held_trace=e.event.trace
        )

    def PixelReleased(self, e: Seen[px.PixelReleased]) -> Ops:
        return change(e.event.pixel, held=None, held_at=None, held_code=None, held_trace=None, releases=Add(1))


class MarketingEvents(Table):
    """One for each event of a lead that may be reported, from its moment on. id: also Meta's `event_id`. milestone:
    what happened; stream, version, event_id: the event; deal_id: that it is of. state: as `ConversionState`. name,
    action_source, value, currency, pixel_id: of the last attempt; value in the currency's smallest unit. reason: why it
    is skipped or not known. cause, code, trace: why it was refused. attempts: how often it was begun anew. retry_at: of
    a held one."""

    INDEXES = (
        "(company_id, lead_id)",
        "(company_id, happened_at, id)",
        "(company_id, pixel_id, id) where state = 'held'",
    )

    id: Text
    lead_id: Text
    milestone: Text
    deal_id: Text | None
    stream: Text
    version: Int
    event_id: Text
    state: Text = "due"
    pixel_id: Text | None
    name: Text | None
    action_source: Text | None
    value: Int | None
    currency: Text | None
    reason: Text | None
    cause: Text | None
    code: Text | None
    trace: Text | None
    attempts: Int = 0
    happened_at: Time
    requested_at: Time | None
    attempted_at: Time | None
    retry_at: Time | None
    answered_at: Time | None

    def LeadEngaged(self, e: Seen[ld.LeadEngaged]) -> Ops:
        return _happened(e, Milestone.ENGAGED)

    def LeadQualified(self, e: Seen[ld.LeadQualified]) -> Ops:
        return _happened(e, Milestone.QUALIFIED)

    def LeadHandedOff(self, e: Seen[ld.LeadHandedOff]) -> Ops:
        return _happened(e, Milestone.HANDED_OFF, e.event.deal)

    def ContractSigned(self, e: Seen[k.ContractSigned]) -> Ops:
        return _happened(e, Milestone.SIGNED, e.event.deal)

    def LeadWon(self, e: Seen[ld.LeadWon]) -> Ops:
        return _happened(e, Milestone.WON, e.event.deal)

    def ConversionRequested(self, e: Seen[v.ConversionRequested]) -> Ops:
        return change(
            e.event.conversion,
            state=ConversionState.DUE,
            requested_at=e.at,
            answered_at=None,
            retry_at=None,
            **_NOT_YET,
        )

    def ConversionHeld(self, e: Seen[v.ConversionHeld]) -> Ops:
        return change(e.event.conversion, state=ConversionState.HELD, pixel_id=e.event.pixel, retry_at=e.event.until)

    def ConversionAttempted(self, e: Seen[v.ConversionAttempted]) -> Ops:
        return change(
            e.event.conversion,
            state=ConversionState.ATTEMPTED,
            pixel_id=e.event.pixel,
            name=e.event.name,
            action_source=e.event.action_source,
            **_value(e.event),
            attempts=Add(1),
            attempted_at=e.at,
            retry_at=None,
        )

    def ConversionAccepted(self, e: Seen[v.ConversionAccepted]) -> Ops:
        return _over(e, ConversionState.ACCEPTED, trace=e.event.trace)

    def ConversionRefused(self, e: Seen[v.ConversionRefused]) -> Ops:
        return _over(e, ConversionState.REFUSED, cause=e.event.cause, code=_code(e.event), trace=e.event.trace)

    def ConversionSkipped(self, e: Seen[v.ConversionSkipped]) -> Ops:
        return _over(e, ConversionState.SKIPPED, reason=e.event.reason, pixel_id=e.event.pixel)

    def ConversionExpired(self, e: Seen[v.ConversionExpired]) -> Ops:
        return _over(e, ConversionState.EXPIRED)

    def ConversionOutcomeUnknown(self, e: Seen[v.ConversionOutcomeUnknown]) -> Ops:
        return _over(e, ConversionState.UNKNOWN, reason=e.event.reason)

    def EffectAbandoned(self, e: Seen[x.EffectAbandoned]) -> Ops:
        if category_of(e.meta.stream) != "conversion":
            return None
        return change(e.event.key, state=ConversionState.ABANDONED, cause=e.event.code, answered_at=e.at, retry_at=None)


class MarketingAttempts(Table):
    """Each attempt of a conversion. number: of its event in the conversion's stream. payload: the event as sent, its
    person in hashes; None when erased. present, left_out, hints: what Meta could find the person by."""

    KEY = ("conversion_id", "number")
    ERASED_BY = "lead_id"

    conversion_id: Text
    number: Int
    lead_id: Text
    pixel_id: Text
    dataset: Text
    name: Text
    action_source: Text
    value: Int | None
    currency: Text | None
    test_code: Text | None
    present: Json
    left_out: Json
    hints: Json
    payload: WordsJson
    attempted_at: Time

    def ConversionAttempted(self, e: Seen[v.ConversionAttempted]) -> Ops:
        of = e.event
        return put(
            of.conversion,
            e.meta.version,
            lead_id=of.lead,
            pixel_id=of.pixel,
            dataset=of.dataset,
            name=of.name,
            action_source=of.action_source,
            **_value(of),
            test_code=of.test_code,
            present=of.match.present,
            left_out=of.match.left_out,
            hints=of.match.hints,
            payload=e.json(ConversionPayload, of.payload),
            attempted_at=e.at,
        )


_NOT_YET = {"reason": None, "cause": None, "code": None, "trace": None}


def _setup(event: px.PixelAdded | px.PixelChanged) -> dict[str, Any]:
    return {
        "name": event.name,
        "dataset": event.dataset,
        "centurion_id": event.centurion,
        "test_code": event.test_code,
        "consent": event.consent,
        "limited": event.limited,
        "reports": [asdict(report) for report in event.reports],
    }


def _happened(e: Seen[Any], milestone: Milestone, deal: str | None = None) -> Ops:
    return put(
        conversion_id(e.meta.stream, e.meta.version),
        lead_id=e.lead,
        milestone=milestone,
        deal_id=deal,
        stream=e.meta.stream,
        version=e.meta.version,
        event_id=e.meta.event_id,
        happened_at=e.at,
    )


def _over(e: Seen[Any], state: ConversionState, **more: Any) -> Ops:
    return change(e.event.conversion, state=state, answered_at=e.at, retry_at=None, **{**_NOT_YET, **more})


def _value(event: v.ConversionAttempted) -> dict[str, Any]:
    return {"value": event.value and event.value.minor, "currency": event.value and event.value.currency}


def _code(event: v.ConversionRefused) -> str | None:
    """Meta's, as people write it: `100/2804050`."""
    return "/".join(str(each) for each in (event.code, event.subcode) if each is not None) or None
