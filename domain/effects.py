"""Which event opens (+), moves, attempts, reopens or ends (−) which effect: all that Legion does by itself.

`effects` rows are a pure function of the log: the Postgres projector applies `EFFECTS[type(event)](event)` in the
transaction of the event and notes (stream, version) of the event that opened the row: a runner reads what it needs
from there. Leases, tries and clocks are not here (schema `work`): a lease saves work, the log proves.

What each context's events do stands in its own `effects.py`.
"""

from __future__ import annotations

from typing import Final

from domain.contract import effects as contract
from domain.conversation import effects as conversation
from domain.conversion import effects as conversion
from domain.conversion.milestones import MILESTONES, conversion_id
from domain.deal import effects as deal
from domain.effect import events as x
from domain.effect.kinds import EffectKind
from domain.effect.ops import End, Op, Open, Table, Told
from domain.holding import effects as holding
from domain.kernel.event import Event
from domain.lead import effects as lead
from domain.people import effects as people
from domain.pixel import effects as pixel


def _dropped(e: x.EffectExpired | x.EffectAbandoned) -> tuple[Op, ...]:
    return (End(EffectKind(e.kind), e.key),)


def _milestone(e: Event) -> tuple[Op, ...]:
    return (Open(EffectKind.CONVERSION, conversion_id(e.originator_id, e.originator_version), e.timestamp),)


def _and_reported(told: Told | None) -> Told:
    return _milestone if told is None else lambda e: (*told(e), *_milestone(e))


_OWN: Final[Table] = {
    **holding.EFFECTS,
    **people.EFFECTS,
    **lead.EFFECTS,
    **conversation.EFFECTS,
    **deal.EFFECTS,
    **contract.EFFECTS,
    **conversion.EFFECTS,
    **pixel.EFFECTS,
    x.EffectExpired: _dropped,
    x.EffectAbandoned: _dropped,
}

EFFECTS: Final[Table] = {**_OWN, **{each: _and_reported(_OWN.get(each)) for each in MILESTONES}}
"""All of them. A milestone is reported, whatever else it does."""
