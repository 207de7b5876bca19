"""Events of a conversion: what a company told Meta of a lead, in the lead's journey."""

from __future__ import annotations

from datetime import datetime

from domain.conversion.parts import Happened, Match, RefusedBy, RequestReason, SkipReason, UnknownReason
from domain.deal.parts import Money
from domain.kernel.event import Event, event
from domain.kernel.sealed import ConversionPayload
from domain.pixel.settings import Milestone


@event("ConversionRequested", stream="conversion")
class ConversionRequested(Event):
    """It is to be sent after all, under the same id. afresh: whatever came of an attempt that nobody knows the outcome
    of: Meta may count it twice."""

    conversion: str
    lead: str
    happened: Happened
    reason: RequestReason
    afresh: bool


@event("ConversionHeld", stream="conversion")
class ConversionHeld(Event):
    """Its pixel takes nothing now. until: when it is looked at again, if nobody releases it before. certain: nothing of
    it has reached Meta, so that an attempt before counts for nothing."""

    conversion: str
    lead: str
    happened: Happened
    pixel: str
    until: datetime
    certain: bool


@event("ConversionAttempted", stream="conversion")
class ConversionAttempted(Event):
    """It is about to be sent, and may be sent again as it is until Meta's answer is known. dataset: Meta's id of the
    pixel. name: Meta's. payload: JSON of the event as sent, its person in hashes."""

    conversion: str
    lead: str
    milestone: Milestone
    pixel: str
    dataset: str
    name: str
    action_source: str
    value: Money | None
    test_code: str | None
    match: Match
    payload: ConversionPayload


@event("ConversionAccepted", stream="conversion")
class ConversionAccepted(Event):
    """Meta has taken it. trace: what Meta's support asks for."""

    conversion: str
    name: str
    trace: str | None


@event("ConversionRefused", stream="conversion")
class ConversionRefused(Event):
    """It can never be taken as it is. cause: our code of why. code, subcode, trace: Meta's own. fields: where."""

    conversion: str
    lead: str
    milestone: Milestone
    by: RefusedBy
    cause: str
    fields: tuple[str, ...]
    code: int | None
    subcode: int | None
    trace: str | None


@event("ConversionSkipped", stream="conversion")
class ConversionSkipped(Event):
    """It is not sent, and nobody is to blame. pixel: that it would have gone to."""

    conversion: str
    lead: str
    milestone: Milestone
    pixel: str | None
    reason: SkipReason


@event("ConversionExpired", stream="conversion")
class ConversionExpired(Event):
    """It was not sent in the seven days in which Meta takes it."""

    conversion: str
    lead: str
    milestone: Milestone


@event("ConversionOutcomeUnknown", stream="conversion")
class ConversionOutcomeUnknown(Event):
    """It was sent, and nobody knows what came of it; once more would perhaps count twice."""

    conversion: str
    reason: UnknownReason
