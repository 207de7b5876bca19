"""Events of roles that companies make for themselves, in the holding's journey."""

from __future__ import annotations

from domain.kernel.event import Event, event


@event("RoleDefined", stream="role")
class RoleDefined(Event):
    """A company has a role of its own. permissions: `resource:verb`, sorted."""

    role: str
    company: str
    name: str
    permissions: tuple[str, ...]


@event("RoleChanged", stream="role")
class RoleChanged(Event):
    """Another name, or other permissions: for all who have it, from now on. added, removed: what that changed."""

    role: str
    company: str
    name: str
    permissions: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@event("RoleRetired", stream="role")
class RoleRetired(Event):
    """Nobody has it, and nobody gets it any more."""

    role: str
    company: str
