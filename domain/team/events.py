"""Events of a company's teams, in the holding's journey: who may have a seat is decided there."""

from __future__ import annotations

from domain.kernel.event import Event, event


@event("TeamCreated", stream="teams")
class TeamCreated(Event):
    """The company has a team more, without members."""

    team: str
    company: str
    name: str


@event("TeamRenamed", stream="teams")
class TeamRenamed(Event):
    """Another name to be shown."""

    team: str
    company: str
    name: str


@event("TeamMemberAdded", stream="teams")
class TeamMemberAdded(Event):
    """A member of the company has a seat in the team."""

    team: str
    company: str
    user: str


@event("TeamMemberRemoved", stream="teams")
class TeamMemberRemoved(Event):
    """They have none in it any more: taken away, or they left the company."""

    team: str
    company: str
    user: str


@event("TeamRetired", stream="teams")
class TeamRetired(Event):
    """For good; its name is free again. members: whose seats fell with it, sorted."""

    team: str
    company: str
    members: tuple[str, ...]
