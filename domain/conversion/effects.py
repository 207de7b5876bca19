"""Which effects the events of a report open and end."""

from __future__ import annotations

from typing import Any, Final

from domain.conversion import events as v
from domain.effect.kinds import EffectKind
from domain.effect.ops import End, Op, Open, Table

_K = EffectKind


def _reported_again(e: v.ConversionRequested | v.ConversionHeld) -> tuple[Op, ...]:
    """Its own version, so that a lease of before does not hold it."""
    due = e.until if isinstance(e, v.ConversionHeld) else e.timestamp
    return (Open(_K.CONVERSION, e.conversion, due, version=str(e.originator_version)),)


def _reported(e: Any) -> tuple[Op, ...]:
    return (End(_K.CONVERSION, e.conversion),)


EFFECTS: Final[Table] = {
    v.ConversionRequested: _reported_again,
    v.ConversionHeld: _reported_again,
    v.ConversionAccepted: _reported,
    v.ConversionRefused: _reported,
    v.ConversionSkipped: _reported,
    v.ConversionExpired: _reported,
    v.ConversionOutcomeUnknown: _reported,
}
