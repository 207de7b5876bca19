"""A Centurion: an AI sales agent of one company."""

from __future__ import annotations

from domain.centurion import events as ce
from domain.centurion.settings import CenturionSettings
from domain.effect import events as x
from domain.kernel.stream import Stream, evolves


class Centurion(Stream):
    """settings: of the newest version, None before the first. number: of that version, from 1."""

    CATEGORY = "centurion"

    def begin(self) -> None:
        self.settings: CenturionSettings | None = None
        self.number = 0
        self.paused = False

    @evolves(ce.CenturionCreated)
    def _created(self, event: ce.CenturionCreated) -> None:
        self.settings = event.settings
        self.number = 1

    @evolves(ce.CenturionVersionPublished)
    def _published(self, event: ce.CenturionVersionPublished) -> None:
        self.settings = event.settings
        self.number = event.number

    @evolves(ce.CenturionPaused)
    def _paused(self, _event: ce.CenturionPaused) -> None:
        self.paused = True

    @evolves(ce.CenturionResumed)
    def _resumed(self, _event: ce.CenturionResumed) -> None:
        self.paused = False

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """A Centurion opens no effect."""
