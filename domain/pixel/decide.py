"""Where a company reports conversions to, and whether anything may be sent there."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.pixel import commands as pc
from domain.pixel import events as e
from domain.pixel.aggregate import Pixel, Pixels
from domain.pixel.policies import MAX_PIXELS, check
from domain.pixel.settings import HoldReason, ReleaseReason, Setup


def add_pixel(journey: Journey, command: pc.AddPixel) -> None:
    """Refused: pixel_exists, too_many_pixels, place_taken, and as `policies.check`."""
    pixels = journey.get(Pixels, command.company)
    if command.pixel in pixels.pixels or command.pixel in pixels.retired:
        raise Refused("pixel_exists")
    setup = _wanted(pixels, command)
    if len(pixels.pixels) >= MAX_PIXELS:
        raise Refused("too_many_pixels")
    journey.record(pixels, e.PixelAdded, pixel=command.pixel, **setup.own_fields())


def change_pixel(journey: Journey, command: pc.ChangePixel) -> None:
    """Another dataset is another place at Meta: what was refused there says nothing of it.

    Refused: unknown_pixel, pixel_unchanged, place_taken, and as `policies.check`."""
    pixels, pixel = _known_pixel(journey, command)
    setup = _wanted(pixels, command)
    if setup == pixel.setup:
        raise Refused("pixel_unchanged")
    moved = setup.dataset != pixel.setup.dataset
    journey.record(pixels, e.PixelChanged, pixel=command.pixel, **setup.own_fields())
    if moved and pixel.held not in (None, HoldReason.TOKEN_MISSING):
        _release(journey, pixels, command.pixel, ReleaseReason.DATASET_CHANGED)


def retire_pixel(journey: Journey, command: pc.RetirePixel) -> None:
    """Refused: unknown_pixel."""
    pixels, _ = _known_pixel(journey, command)
    journey.record(pixels, e.PixelRetired, pixel=command.pixel)


def set_pixel_token(journey: Journey, command: pc.SetPixelToken) -> None:
    """What was held goes on. Refused: unknown_pixel, token_unchanged."""
    pixels, pixel = _known_pixel(journey, command)
    if pixel.token == command.token:
        raise Refused("token_unchanged")
    journey.record(pixels, e.PixelTokenSet, pixel=command.pixel, token=command.token)
    if pixel.held is not None:
        _release(journey, pixels, command.pixel, ReleaseReason.TOKEN_SET)


def release_pixel(journey: Journey, command: pc.ReleasePixel) -> None:
    """Refused: unknown_pixel, pixel_not_held, token_missing."""
    pixels, pixel = _known_pixel(journey, command)
    if pixel.held is None:
        raise Refused("pixel_not_held")
    if pixel.token is None:
        raise Refused("token_missing", "set a token: that releases it")
    _release(journey, pixels, command.pixel, ReleaseReason.BY_PERSON)


def hold_pixel(journey: Journey, command: pc.HoldPixel) -> None:
    """Refused: unknown_pixel, pixel_held, pixel_changed where token or dataset are others by now."""
    pixels, pixel = _known_pixel(journey, command)
    if pixel.held is not None:
        raise Refused("pixel_held")
    if (pixel.token, pixel.setup.dataset) != (command.token, command.dataset):
        raise Refused("pixel_changed")
    journey.record(
        pixels,
        e.PixelHeld,
        pixel=command.pixel,
        token=command.token,
        dataset=command.dataset,
        reason=command.reason,
        code=command.code,
        subcode=command.subcode,
        trace=command.trace,
    )


def confirm_caught_up(journey: Journey, command: pc.ConfirmCaughtUp) -> None:
    """Refused: unknown_pixel, not_releasing."""
    pixels, pixel = _known_pixel(journey, command)
    if not pixel.releasing:
        raise Refused("not_releasing")
    journey.record(pixels, e.PixelCaughtUp, pixel=command.pixel, conversions=command.conversions)


Named = (
    pc.ChangePixel | pc.RetirePixel | pc.SetPixelToken | pc.ReleasePixel | pc.HoldPixel | pc.ConfirmCaughtUp
)  # fmt: skip


def _known_pixel(journey: Journey, command: Named) -> tuple[Pixels, Pixel]:
    """Refused: unknown_pixel, also for another company's and a retired one."""
    pixels = journey.get(Pixels, command.company)
    if command.pixel not in pixels.pixels:
        raise Refused("unknown_pixel")
    return pixels, pixels.pixels[command.pixel]


def _wanted(pixels: Pixels, command: pc.AddPixel | pc.ChangePixel) -> Setup:
    """As the command wants it. A lead is reported to one pixel: two would count one sale twice.

    Refused: place_taken, and as `policies.check`."""
    wanted = Setup.of(command).trimmed()
    check(wanted)
    for id_, other in pixels.pixels.items():
        if id_ != command.pixel and other.setup.centurion == wanted.centurion:
            raise Refused("place_taken", "centurion")
    return wanted


def _release(journey: Journey, pixels: Pixels, pixel: str, reason: ReleaseReason) -> None:
    journey.record(pixels, e.PixelReleased, pixel=pixel, reason=reason)
