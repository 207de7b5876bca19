"""Which effects the events of a lead open and end."""

from __future__ import annotations

from typing import Final

from domain.effect.kinds import EffectKind
from domain.effect.ops import End, EndAll, Op, Open, Table
from domain.lead import events as ld
from domain.lead.policies import rerun_key, rerun_wait

_K = EffectKind


def _unawaited(
    e: ld.LeadDormant | ld.LeadDisqualified | ld.LeadOptedOut | ld.LeadHandedOff | ld.JourneyClosed,
) -> tuple[Op, ...]:
    return (End(_K.DORMANCY, e.lead),)


EFFECTS: Final[Table] = {
    ld.MessageMoved: lambda e: (Open(_K.RERUN, rerun_key(e.provider_id, e.run), e.timestamp + rerun_wait(e.run)),),
    ld.MessageRerun: lambda e: (End(_K.RERUN, rerun_key(e.provider_id, e.run)),),
    ld.SilenceAwaited: lambda e: (Open(_K.DORMANCY, e.lead, e.due),),
    ld.LeadDormant: _unawaited,
    ld.LeadDisqualified: _unawaited,
    ld.LeadOptedOut: _unawaited,
    ld.LeadHandedOff: _unawaited,
    ld.JourneyClosed: _unawaited,
    ld.LeadErased: lambda e: (EndAll(), Open(_K.ERASE, e.lead, e.timestamp)),
    ld.LeadForgotten: lambda e: (End(_K.ERASE, e.lead), Open(_K.COMPLETE_ERASURE, e.lead, e.bodies_until)),
    ld.ErasureCompleted: lambda e: (End(_K.COMPLETE_ERASURE, e.lead),),
}
