"""What becomes of a report to Meta: attempted before the first call, and then accepted once or explained."""

from __future__ import annotations

from typing import Protocol

from domain.conversion import commands as vc
from domain.conversion import events as v
from domain.conversion.aggregate import Conversion
from domain.conversion.milestones import conversion_id
from domain.conversion.parts import ConversionState, Happened, RefusedBy, RequestReason
from domain.conversion.policies import LOOK_AGAIN, TAKEN_FOR
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


class Named(Protocol):
    """A command to a conversion."""

    @property
    def lead(self) -> str: ...
    @property
    def conversion(self) -> str: ...


class OfEvent(Named, Protocol):
    """One that says what is reported."""

    @property
    def happened(self) -> Happened: ...


def request_conversion(journey: Journey, command: vc.RequestConversion) -> None:
    """Refused: unknown_conversion, wrong_reason, conversion_accepted, conversion_open, outcome_unknown where only
    `anyway` helps."""
    if command.reason is RequestReason.RELEASED:
        raise Refused("wrong_reason", "a pixel's release says so")
    conversion = _reported(journey, command)
    match conversion.state:
        case ConversionState.ACCEPTED:
            raise Refused("conversion_accepted", "Meta has it")
        case ConversionState.DUE | ConversionState.ATTEMPTED:
            raise Refused("conversion_open", "it is about to be sent")
        case ConversionState.UNKNOWN if not command.anyway:
            raise Refused("outcome_unknown", "it may have been counted: once more perhaps counts twice")
    _ask(journey, conversion, command, command.reason)


def release_conversion(journey: Journey, command: vc.ReleaseConversion) -> None:
    """Refused: unknown_conversion, conversion_not_held."""
    conversion = _reported(journey, command)
    if conversion.state is not ConversionState.HELD:
        raise Refused("conversion_not_held", f"it is {conversion.state}")
    _ask(journey, conversion, command, RequestReason.RELEASED)


def attempt_conversion(journey: Journey, command: vc.AttemptConversion) -> None:
    """Refused: unknown_conversion, conversion_over, conversion_attempted."""
    conversion = _not_sent(journey, command)
    journey.record(
        conversion,
        v.ConversionAttempted,
        conversion=command.conversion,
        lead=command.lead,
        milestone=command.happened.milestone,
        pixel=command.pixel,
        dataset=command.dataset,
        name=command.name,
        action_source=command.action_source,
        value=command.value,
        test_code=command.test_code,
        match=command.match,
        payload=command.payload,
    )


def hold_conversion(journey: Journey, command: vc.HoldConversion) -> None:
    """Again is right: it is looked at once a day. Refused: unknown_conversion, conversion_over."""
    conversion = _open(journey, command)
    until = min(journey.at + LOOK_AGAIN, max(command.happened.at + TAKEN_FOR, journey.at))
    journey.record(
        conversion,
        v.ConversionHeld,
        conversion=command.conversion,
        lead=command.lead,
        happened=command.happened,
        pixel=command.pixel,
        until=until,
        certain=command.certain,
    )


def skip_conversion(journey: Journey, command: vc.SkipConversion) -> None:
    """Refused: unknown_conversion, conversion_over, conversion_attempted."""
    conversion = _not_sent(journey, command)
    journey.record(
        conversion,
        v.ConversionSkipped,
        conversion=command.conversion,
        lead=command.lead,
        milestone=command.happened.milestone,
        pixel=command.pixel,
        reason=command.reason,
    )


def expire_conversion(journey: Journey, command: vc.ExpireConversion) -> None:
    """Refused: unknown_conversion, conversion_over, conversion_attempted."""
    conversion = _not_sent(journey, command)
    journey.record(
        conversion,
        v.ConversionExpired,
        conversion=command.conversion,
        lead=command.lead,
        milestone=command.happened.milestone,
    )


def record_conversion_accepted(journey: Journey, command: vc.RecordConversionAccepted) -> None:
    """Refused: unknown_conversion, conversion_over, not_attempted."""
    conversion = _sent(journey, command)
    journey.record(
        conversion, v.ConversionAccepted, conversion=command.conversion, name=conversion.name, trace=command.trace
    )


def record_conversion_refused(journey: Journey, command: vc.RecordConversionRefused) -> None:
    """What our own check refuses was not attempted, and what Meta refuses was.

    Refused: unknown_conversion, conversion_over, not_attempted, conversion_attempted."""
    conversion = _sent(journey, command) if command.by is RefusedBy.META else _not_sent(journey, command)
    journey.record(
        conversion,
        v.ConversionRefused,
        conversion=command.conversion,
        lead=command.lead,
        milestone=command.happened.milestone,
        by=command.by,
        cause=command.cause,
        fields=command.fields,
        code=command.code,
        subcode=command.subcode,
        trace=command.trace,
    )


def record_conversion_unknown(journey: Journey, command: vc.RecordConversionUnknown) -> None:
    """Refused: unknown_conversion, conversion_over, not_attempted."""
    conversion = _sent(journey, command)
    journey.record(conversion, v.ConversionOutcomeUnknown, conversion=command.conversion, reason=command.reason)


def _ask(journey: Journey, conversion: Conversion, command: OfEvent, reason: RequestReason) -> None:
    journey.record(
        conversion,
        v.ConversionRequested,
        conversion=command.conversion,
        lead=command.lead,
        happened=command.happened,
        reason=reason,
        afresh=conversion.state is ConversionState.UNKNOWN,
    )


def _reported(journey: Journey, command: OfEvent) -> Conversion:
    """Refused: unknown_conversion, also where it is of an event that the lead does not have. Of a lead that was merged
    or closed what happened before is reported all the same."""
    of = command.happened
    lead = journey.get(Lead, command.lead)
    if not lead.created or command.conversion != conversion_id(of.stream, of.version):
        raise Refused("unknown_conversion")
    if of.stream == lead.id and of.version > lead.version:
        raise Refused("unknown_conversion")
    return journey.get(Conversion, command.conversion)


def _open(journey: Journey, command: OfEvent) -> Conversion:
    conversion = _reported(journey, command)
    _check_open(conversion)
    return conversion


def _not_sent(journey: Journey, command: OfEvent) -> Conversion:
    conversion = _open(journey, command)
    if conversion.attempted_at is not None:
        raise Refused("conversion_attempted", "nobody knows yet what came of it")
    return conversion


def _sent(journey: Journey, command: Named) -> Conversion:
    conversion = journey.get(Conversion, command.conversion)
    if conversion.lead != command.lead:
        raise Refused("unknown_conversion")
    _check_open(conversion)
    if conversion.attempted_at is None:
        raise Refused("not_attempted")
    return conversion


def _check_open(conversion: Conversion) -> None:
    if not conversion.open:
        raise Refused("conversion_over", f"it is {conversion.state}")
