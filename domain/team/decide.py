"""Which teams a company has, and who has a seat in them.

A seat is sight: it shows the team's leads to its members (domain/access/sight.py). So who gives one must see all of
the company's leads, as nobody gives what they may not do themselves.
"""

from __future__ import annotations

from domain.holding.decide import known_company
from domain.holding.policies import name_fault
from domain.kernel.actor import Permission
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.people.members import Members
from domain.team import commands as tc
from domain.team import events as t
from domain.team.aggregate import Team, Teams
from domain.team.policies import MAX_TEAMS


def create_team(journey: Journey, command: tc.CreateTeam) -> None:
    """Refused: unknown_company, invalid_name, team_exists, name_taken, too_many_teams."""
    known_company(journey, command.company)
    teams = journey.get(Teams, command.company)
    if command.team in teams.teams or command.team in teams.retired:
        raise Refused("team_exists")
    name = _free_name(teams, command.team, command.name)
    if len(teams.teams) >= MAX_TEAMS:
        raise Refused("too_many_teams")
    journey.record(teams, t.TeamCreated, team=command.team, company=command.company, name=name)


def rename_team(journey: Journey, command: tc.RenameTeam) -> None:
    """Refused: unknown_team, invalid_name, name_taken, name_unchanged."""
    teams, team = _known_team(journey, command.team, command.company)
    name = _free_name(teams, command.team, command.name)
    if name == team.name:
        raise Refused("name_unchanged")
    journey.record(teams, t.TeamRenamed, team=command.team, company=command.company, name=name)


def add_team_member(journey: Journey, command: tc.AddTeamMember) -> None:
    """Refused: beyond_own_rights, unknown_team, unknown_member, already_in_team."""
    if Permission.LEAD_READ_ALL not in journey.context.actor.grant:
        raise Refused("beyond_own_rights")
    teams, team = _known_team(journey, command.team, command.company)
    if command.user not in journey.get(Members, command.company).roles:
        raise Refused("unknown_member")
    if command.user in team.members:
        raise Refused("already_in_team")
    journey.record(teams, t.TeamMemberAdded, team=command.team, company=command.company, user=command.user)


def remove_team_member(journey: Journey, command: tc.RemoveTeamMember) -> None:
    """Refused: unknown_team, not_in_team."""
    teams, team = _known_team(journey, command.team, command.company)
    if command.user not in team.members:
        raise Refused("not_in_team")
    journey.record(teams, t.TeamMemberRemoved, team=command.team, company=command.company, user=command.user)


def retire_team(journey: Journey, command: tc.RetireTeam) -> None:
    """Refused: unknown_team."""
    teams, team = _known_team(journey, command.team, command.company)
    members = tuple(sorted(team.members))
    journey.record(teams, t.TeamRetired, team=command.team, company=command.company, members=members)


def leave_teams(journey: Journey, company: str, user: str) -> None:
    """Who is no member of the company any more has no seat either. Their leads stay theirs in the log: that was so, and
    whoever distributes leads sees them as nobody's (projections/sight.py)."""
    teams = journey.get(Teams, company)
    for id_ in sorted(id_ for id_, team in teams.teams.items() if user in team.members):
        journey.record(teams, t.TeamMemberRemoved, team=id_, company=company, user=user)


def _known_team(journey: Journey, team: str, company: str) -> tuple[Teams, Team]:
    """Refused: unknown_team, also for another company's and a retired one."""
    teams = journey.get(Teams, company)
    if team not in teams.teams:
        raise Refused("unknown_team")
    return teams, teams.teams[team]


def _free_name(teams: Teams, team: str, wanted: str) -> str:
    """Without spaces around it; capitals make no difference. Refused: invalid_name, name_taken."""
    if fault := name_fault(wanted):
        raise Refused(fault)
    name = wanted.strip()
    if any(other.name.casefold() == name.casefold() for id_, other in teams.teams.items() if id_ != team):
        raise Refused("name_taken")
    return name
