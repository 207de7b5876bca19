"""Which effects the events of a company open and end."""

from __future__ import annotations

from typing import Final

from domain.effect.kinds import EffectKind
from domain.effect.ops import End, Open, Table
from domain.holding import events as h

_K = EffectKind


EFFECTS: Final[Table] = {
    h.CompanyCreated: lambda e: (Open(_K.PROVISION, e.company, e.timestamp),),
    h.CompanyProvisioned: lambda e: (End(_K.PROVISION, e.company),),
}
