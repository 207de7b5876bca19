"""A company's pixels: one stream, so that no two report the same leads."""

from __future__ import annotations

from dataclasses import dataclass

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.pixel import events as e
from domain.pixel.settings import HoldReason, Setup


@dataclass(slots=True)
class Pixel:
    """One that goes on. token: reference of the vault's. held: why nothing is sent. releasing: what was held is being
    asked for again."""

    setup: Setup
    token: str | None = None
    held: HoldReason | None = HoldReason.TOKEN_MISSING
    releasing: bool = False


class Pixels(Stream):
    """Of one company. pixels: id → those that go on. retired: ids of those that do not."""

    CATEGORY = "pixels"

    def begin(self) -> None:
        self.pixels: dict[str, Pixel] = {}
        self.retired: set[str] = set()

    @evolves(e.PixelAdded)
    def _added(self, event: e.PixelAdded) -> None:
        self.pixels[event.pixel] = Pixel(Setup.of(event))

    @evolves(e.PixelChanged)
    def _changed(self, event: e.PixelChanged) -> None:
        self.pixels[event.pixel].setup = Setup.of(event)

    @evolves(e.PixelRetired)
    def _retired(self, event: e.PixelRetired) -> None:
        del self.pixels[event.pixel]
        self.retired.add(event.pixel)

    @evolves(e.PixelTokenSet)
    def _token_set(self, event: e.PixelTokenSet) -> None:
        self.pixels[event.pixel].token = event.token

    @evolves(e.PixelHeld)
    def _held(self, event: e.PixelHeld) -> None:
        self.pixels[event.pixel].held = event.reason
        self.pixels[event.pixel].releasing = False

    @evolves(e.PixelReleased)
    def _released(self, event: e.PixelReleased) -> None:
        self.pixels[event.pixel].held = None
        self.pixels[event.pixel].releasing = True

    @evolves(e.PixelCaughtUp)
    def _caught_up(self, event: e.PixelCaughtUp) -> None:
        self.pixels[event.pixel].releasing = False

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, event: x.EffectExpired | x.EffectAbandoned) -> None:
        """What is held is looked at once a day all the same."""
        if event.key in self.pixels:
            self.pixels[event.key].releasing = False
