"""What an event may do to effects: the values of the tables `effects.py` of each context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.effect.kinds import EffectKind
from domain.kernel.event import Event


@dataclass(frozen=True, slots=True)
class Open:
    """A pending row (or an open one moved). version: what the effect was due for. group: ended together. seq: order."""

    kind: EffectKind
    key: str
    due: datetime
    version: str = ""
    group: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """pending → attempted, under the claim."""

    kind: EffectKind
    key: str
    claim: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """attempted → pending, due again."""

    kind: EffectKind
    key: str
    due: datetime


@dataclass(frozen=True, slots=True)
class End:
    """→ done, whatever it was; nothing where there is none."""

    kind: EffectKind
    key: str


@dataclass(frozen=True, slots=True)
class EndGroup:
    """Ends the pending ones of a group; an attempted one stays until it is resolved."""

    kind: EffectKind
    group: str


@dataclass(frozen=True, slots=True)
class EndAll:
    """Ends whatever is open in the journey, attempted ones too: their outcome is nobody's any more."""


Op = Open | Attempt | Reopen | End | EndGroup | EndAll

Told = Callable[[Any], tuple[Op, ...]]
"""Of an event."""

Table = Mapping[type[Event], Told]
"""An event that is not there does nothing to effects."""
