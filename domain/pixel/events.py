"""Events of a company's pixels, in its own journey. A token is never here: the vault has it, the log a reference."""

from __future__ import annotations

from domain.kernel.event import Event, event
from domain.pixel.settings import ConsentRule, HoldReason, ReleaseReason, Report


@event("PixelAdded", stream="pixels")
class PixelAdded(Event):
    """Where a company reports conversions to. Nothing is sent until it has a token."""

    pixel: str
    name: str
    dataset: str
    centurion: str | None
    test_code: str | None
    consent: ConsentRule
    limited: bool
    reports: tuple[Report, ...]


@event("PixelChanged", stream="pixels")
class PixelChanged(Event):
    """All of it as it is from now on."""

    pixel: str
    name: str
    dataset: str
    centurion: str | None
    test_code: str | None
    consent: ConsentRule
    limited: bool
    reports: tuple[Report, ...]


@event("PixelRetired", stream="pixels")
class PixelRetired(Event):
    """For good: nothing is reported there any more."""

    pixel: str


@event("PixelTokenSet", stream="pixels")
class PixelTokenSet(Event):
    """The vault has another token. token: its reference, which tells nothing of it."""

    pixel: str
    token: str


@event("PixelHeld", stream="pixels")
class PixelHeld(Event):
    """Nothing is sent to it any more, until somebody has done something about it. token, dataset: what was refused.
    code, subcode, trace: Meta's own."""

    pixel: str
    token: str
    dataset: str
    reason: HoldReason
    code: int | None
    subcode: int | None
    trace: str | None


@event("PixelReleased", stream="pixels")
class PixelReleased(Event):
    """It goes on: what was held is asked for again."""

    pixel: str
    reason: ReleaseReason


@event("PixelCaughtUp", stream="pixels")
class PixelCaughtUp(Event):
    """All that was held for it is on its way again. conversions: how many."""

    pixel: str
    conversions: int
