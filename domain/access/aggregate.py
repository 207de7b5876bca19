"""A role that a company made for itself."""

from __future__ import annotations

from domain.access import events as a
from domain.effect import events as x
from domain.kernel.stream import Stream, evolves


class CustomRole(Stream):
    """company: whose role it is; "" before it is defined."""

    CATEGORY = "role"

    def begin(self) -> None:
        self.company = ""
        self.name = ""
        self.permissions: tuple[str, ...] = ()
        self.retired = False

    @evolves(a.RoleDefined, a.RoleChanged)
    def _defined(self, event: a.RoleDefined | a.RoleChanged) -> None:
        self.company, self.name, self.permissions = event.company, event.name, event.permissions

    @evolves(a.RoleRetired)
    def _retired(self, _event: a.RoleRetired) -> None:
        self.retired = True

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """A role opens no effect."""
