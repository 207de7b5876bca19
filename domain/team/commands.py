"""Commands to a company's teams."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("CreateTeam", needs=Permission.TEAM_MANAGE)
class CreateTeam(Command):
    """team: a fresh UUID."""

    team: str
    company: str
    name: str


@command("RenameTeam", needs=Permission.TEAM_MANAGE)
class RenameTeam(Command):
    """Another name to be shown."""

    team: str
    company: str
    name: str


@command("AddTeamMember", needs=Permission.TEAM_MANAGE)
class AddTeamMember(Command):
    """user: a member of the company, in any number of its teams."""

    team: str
    company: str
    user: str


@command("RemoveTeamMember", needs=Permission.TEAM_MANAGE)
class RemoveTeamMember(Command):
    """They stay a member of the company, and leads that are theirs stay so."""

    team: str
    company: str
    user: str


@command("RetireTeam", needs=Permission.TEAM_MANAGE)
class RetireTeam(Command):
    """Leads that were given to it stay so, for the history; who leads another team may take them over."""

    team: str
    company: str
