"""Commands to a conversion. Which pixel, consent and value there are is read by whoever asks (foreign facts)."""

from __future__ import annotations

from domain.conversion.parts import Happened, Match, RefusedBy, RequestReason, SkipReason, UnknownReason
from domain.deal.parts import Money
from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import ConversionPayload


@command("RequestConversion", needs=Permission.CONVERSION_REQUEST)
class RequestConversion(Command):
    """Once more, after something was mended. reason: `resend` or `backfill`. anyway: also where nobody knows what came
    of it."""

    lead: str
    conversion: str
    happened: Happened
    reason: RequestReason
    anyway: bool


@command("ReleaseConversion", needs=Permission.CONVERSION_SEND)
class ReleaseConversion(Command):
    """Its pixel is held no more."""

    lead: str
    conversion: str
    happened: Happened


@command("AttemptConversion", needs=Permission.CONVERSION_SEND)
class AttemptConversion(Command):
    """What the log must know before Meta is called."""

    lead: str
    conversion: str
    happened: Happened
    pixel: str
    dataset: str
    name: str
    action_source: str
    value: Money | None
    test_code: str | None
    match: Match
    payload: ConversionPayload


@command("HoldConversion", needs=Permission.CONVERSION_SEND)
class HoldConversion(Command):
    """Its pixel is held. certain: see ConversionHeld."""

    lead: str
    conversion: str
    happened: Happened
    pixel: str
    certain: bool


@command("SkipConversion", needs=Permission.CONVERSION_SEND)
class SkipConversion(Command):
    """It is not to be sent."""

    lead: str
    conversion: str
    happened: Happened
    pixel: str | None
    reason: SkipReason


@command("ExpireConversion", needs=Permission.CONVERSION_SEND)
class ExpireConversion(Command):
    """It is too old."""

    lead: str
    conversion: str
    happened: Happened


@command("RecordConversionAccepted", needs=Permission.CONVERSION_SEND)
class RecordConversionAccepted(Command):
    """Meta took it."""

    lead: str
    conversion: str
    trace: str | None


@command("RecordConversionRefused", needs=Permission.CONVERSION_SEND)
class RecordConversionRefused(Command):
    """Meta, or our own check, will not have it."""

    lead: str
    conversion: str
    happened: Happened
    by: RefusedBy
    cause: str
    fields: tuple[str, ...]
    code: int | None
    subcode: int | None
    trace: str | None


@command("RecordConversionUnknown", needs=Permission.CONVERSION_SEND)
class RecordConversionUnknown(Command):
    """Nobody will know any more."""

    lead: str
    conversion: str
    reason: UnknownReason
