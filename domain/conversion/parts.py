"""Values in commands and events of a conversion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.pixel.settings import Milestone


class ConversionState(StrEnum):
    """due: to be sent. held: its pixel is. attempted: sent, or about to be. unknown: sent, and nobody knows what came
    of it. The others are how it ended."""

    DUE = "due"
    HELD = "held"
    ATTEMPTED = "attempted"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    ABANDONED = "abandoned"


OPEN = frozenset({ConversionState.DUE, ConversionState.HELD, ConversionState.ATTEMPTED})
"""Something is still done about it."""


class SkipReason(StrEnum):
    """Why it is not sent at all. undone: it was taken back before it was sent. repeated: the same of the same deal is
    reported, or of one that was taken back."""

    NO_PIXEL = "no_pixel"
    NOT_ENABLED = "not_enabled"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    NO_VALUE = "no_value"
    UNDONE = "undone"
    REPEATED = "repeated"


class RefusedBy(StrEnum):
    """check: our own, before anything was sent. meta: Meta's answer."""

    CHECK = "check"
    META = "meta"


class UnknownReason(StrEnum):
    """Why it is not sent once more to find out."""

    TOO_LATE = "too_late"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    PIXEL_RETIRED = "pixel_retired"


class RequestReason(StrEnum):
    """Why it is sent after all."""

    RESEND = "resend"
    BACKFILL = "backfill"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What is reported: the event of that version of a stream, its id, and when it happened by the log."""

    milestone: Milestone
    stream: str
    version: int
    event: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What Meta can find the person by. present: names of fields that are sent. left_out, hints: codes of what was
    wrong with others, and of what would be found better."""

    present: tuple[str, ...]
    left_out: tuple[str, ...]
    hints: tuple[str, ...]
