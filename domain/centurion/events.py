"""Events of a Centurion, in its company's journey."""

from __future__ import annotations

from domain.centurion.settings import CenturionSettings
from domain.kernel.event import Event, event


@event("CenturionCreated", stream="centurion")
class CenturionCreated(Event):
    """A sales agent exists, with version 1 of its settings."""

    centurion: str
    settings: CenturionSettings


@event("CenturionVersionPublished", stream="centurion")
class CenturionVersionPublished(Event):
    """New settings. `number` counts from 2; replies name the version that made them."""

    centurion: str
    number: int
    settings: CenturionSettings


@event("CenturionPaused", stream="centurion")
class CenturionPaused(Event):
    """A gate: turns still gather, replies wait."""

    centurion: str


@event("CenturionResumed", stream="centurion")
class CenturionResumed(Event):
    """The gate is open again."""

    centurion: str
