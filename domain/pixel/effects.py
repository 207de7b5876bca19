"""Which effects the events of pixels open and end."""

from __future__ import annotations

from typing import Final

from domain.effect.kinds import EffectKind
from domain.effect.ops import End, Op, Open, Table
from domain.pixel import events as px

_K = EffectKind


def _not_releasing(e: px.PixelHeld | px.PixelRetired | px.PixelCaughtUp) -> tuple[Op, ...]:
    return (End(_K.RELEASE, e.pixel),)


EFFECTS: Final[Table] = {
    px.PixelReleased: lambda e: (Open(_K.RELEASE, e.pixel, e.timestamp, version=str(e.originator_version)),),
    px.PixelHeld: _not_releasing,
    px.PixelRetired: _not_releasing,
    px.PixelCaughtUp: _not_releasing,
}
