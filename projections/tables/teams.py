"""A company's teams, and who has a seat in them. Rows belong to the company, though their events are the holding's."""

from __future__ import annotations

from domain.team import events as t
from projections.engine.columns import Bool, Text, Time
from projections.engine.ops import Ops, change, put, remove
from projections.engine.seen import Seen
from projections.engine.table import Table


class Teams(Table):
    """retired: for good; nobody has a seat in it."""

    id: Text
    name: Text
    retired: Bool = False
    created_at: Time

    def TeamCreated(self, e: Seen[t.TeamCreated]) -> Ops:
        return put(e.event.team, company=e.event.company, name=e.event.name, created_at=e.at)

    def TeamRenamed(self, e: Seen[t.TeamRenamed]) -> Ops:
        return change(e.event.team, company=e.event.company, name=e.event.name)

    def TeamRetired(self, e: Seen[t.TeamRetired]) -> Ops:
        return change(e.event.team, company=e.event.company, retired=True)


class TeamMembers(Table):
    """A row is a seat: whose leads a person sees follows from here (projections/sight.py)."""

    KEY = ("team_id", "user_id")
    INDEXES = ("(company_id, user_id)",)

    team_id: Text
    user_id: Text
    since: Time

    def TeamMemberAdded(self, e: Seen[t.TeamMemberAdded]) -> Ops:
        return put(e.event.team, e.event.user, company=e.event.company, since=e.at)

    def TeamMemberRemoved(self, e: Seen[t.TeamMemberRemoved]) -> Ops:
        return remove(e.event.team, e.event.user, company=e.event.company)

    def TeamRetired(self, e: Seen[t.TeamRetired]) -> Ops:
        return tuple(remove(e.event.team, user, company=e.event.company) for user in e.event.members)
