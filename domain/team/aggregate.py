"""A company's teams: names are unique among them, and whoever leaves the company leaves them all, in one commit."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.team import events as t


@dataclass(slots=True)
class Team:
    """members: ids of users."""

    name: str
    members: set[str] = field(default_factory=set)


class Teams(Stream):
    """Of one company. teams: id → those that go on. retired: ids of those that do not."""

    CATEGORY = "teams"

    def begin(self) -> None:
        self.teams: dict[str, Team] = {}
        self.retired: set[str] = set()

    @evolves(t.TeamCreated)
    def _created(self, event: t.TeamCreated) -> None:
        self.teams[event.team] = Team(event.name)

    @evolves(t.TeamRenamed)
    def _renamed(self, event: t.TeamRenamed) -> None:
        self.teams[event.team].name = event.name

    @evolves(t.TeamMemberAdded)
    def _member_added(self, event: t.TeamMemberAdded) -> None:
        self.teams[event.team].members.add(event.user)

    @evolves(t.TeamMemberRemoved)
    def _member_removed(self, event: t.TeamMemberRemoved) -> None:
        self.teams[event.team].members.discard(event.user)

    @evolves(t.TeamRetired)
    def _retired(self, event: t.TeamRetired) -> None:
        del self.teams[event.team]
        self.retired.add(event.team)

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """Teams open no effect."""
