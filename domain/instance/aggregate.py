"""A channel instance: one number or account at a provider."""

from __future__ import annotations

from datetime import datetime

from domain.effect import events as x
from domain.instance import events as i
from domain.kernel.stream import Stream, evolves


class Instance(Stream):
    """status, code, told_at: of the connection, in the provider's word and time; None before its first."""

    CATEGORY = "instance"

    def begin(self) -> None:
        self.centurion: str | None = None
        self.status: str | None = None
        self.code: str | None = None
        self.told_at: datetime | None = None

    @evolves(i.InstanceCreated, i.CenturionAssigned)
    def _assigned(self, event: i.InstanceCreated | i.CenturionAssigned) -> None:
        self.centurion = event.centurion

    @evolves(i.ConnectionChanged)
    def _connection_changed(self, event: i.ConnectionChanged) -> None:
        self.status = event.status
        self.code = event.code
        self.told_at = event.provider_at or self.told_at

    @evolves(i.InstanceItemRecorded)
    def _item_recorded(self, _event: i.InstanceItemRecorded) -> None:
        """Told to people; nothing is decided by it."""

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """An instance opens no effect."""
