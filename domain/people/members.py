"""Who belongs to a company (or to the holding), and as what."""

from __future__ import annotations

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.people import events as p


class Members(Stream):
    """Of one company, or of the holding by its reserved tenant. roles: user → role."""

    CATEGORY = "members"

    def begin(self) -> None:
        self.roles: dict[str, str] = {}

    @evolves(p.MemberAdded, p.MemberRoleChanged)
    def _has_role(self, event: p.MemberAdded | p.MemberRoleChanged) -> None:
        self.roles[event.user] = event.role

    @evolves(p.MemberRemoved)
    def _removed(self, event: p.MemberRemoved) -> None:
        self.roles.pop(event.user, None)

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """Members open no effect."""
