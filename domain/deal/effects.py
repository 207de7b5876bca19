"""Which effects the events of a deal open and end."""

from __future__ import annotations

from typing import Final

from domain.deal import events as d
from domain.effect.kinds import EffectKind
from domain.effect.ops import End, Op, Open, Table

_K = EffectKind


def _unbriefed(e: d.DealBriefed | d.DealWon | d.DealLost | d.DealWithdrawn) -> tuple[Op, ...]:
    return (End(_K.BRIEF, e.deal),)


EFFECTS: Final[Table] = {
    d.DealOpened: lambda e: (Open(_K.BRIEF, e.deal, e.timestamp),),
    d.DealBriefed: _unbriefed,
    d.DealWon: _unbriefed,
    d.DealLost: _unbriefed,
    d.DealWithdrawn: _unbriefed,
}
