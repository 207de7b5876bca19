"""Commands to a company's pixels."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.pixel.settings import ConsentRule, HoldReason, Report


@command("AddPixel", needs=Permission.PIXEL_MANAGE)
class AddPixel(Command):
    """pixel: a fresh UUID. centurion: one of the company's, the edge's word."""

    pixel: str
    company: str
    name: str
    dataset: str
    centurion: str | None
    test_code: str | None
    consent: ConsentRule
    limited: bool
    reports: tuple[Report, ...]


@command("ChangePixel", needs=Permission.PIXEL_MANAGE)
class ChangePixel(Command):
    """All of it, as it shall be."""

    pixel: str
    company: str
    name: str
    dataset: str
    centurion: str | None
    test_code: str | None
    consent: ConsentRule
    limited: bool
    reports: tuple[Report, ...]


@command("RetirePixel", needs=Permission.PIXEL_MANAGE)
class RetirePixel(Command):
    """Nothing is reported there any more."""

    pixel: str
    company: str


@command("SetPixelToken", needs=Permission.PIXEL_MANAGE)
class SetPixelToken(Command):
    """The vault has another token, in the transaction that put this command out. token: its reference."""

    pixel: str
    company: str
    token: str


@command("ReleasePixel", needs=Permission.PIXEL_MANAGE)
class ReleasePixel(Command):
    """Somebody gave access at Meta: it is tried again with the token that there is."""

    pixel: str
    company: str


@command("HoldPixel", needs=Permission.CONVERSION_SEND)
class HoldPixel(Command):
    """Meta takes nothing. token, dataset: with what it was asked, so that an answer to an old one holds nothing."""

    pixel: str
    company: str
    token: str
    dataset: str
    reason: HoldReason
    code: int | None
    subcode: int | None
    trace: str | None


@command("ConfirmCaughtUp", needs=Permission.CONVERSION_SEND)
class ConfirmCaughtUp(Command):
    """The effect `release` has asked for all that was held."""

    pixel: str
    company: str
    conversions: int
