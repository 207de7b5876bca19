"""What any stream may say of an effect of its own that will not be carried out."""

from __future__ import annotations

from domain.kernel.event import Event, event


@event("EffectExpired", stream="*")
class EffectExpired(Event):
    """Held by a gate until it made no sense any more. kind, key: the effect's, see `domain/effects.py`."""

    kind: str
    key: str


@event("EffectAbandoned", stream="*")
class EffectAbandoned(Event):
    """Its command was refused too often. code: of the last refusal."""

    kind: str
    key: str
    code: str
