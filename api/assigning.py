"""Whom a lead may be given to: what its own journey cannot know."""

from __future__ import annotations

from api.services import Services
from domain.kernel.errors import NotFound, Refused
from projections.read.teams import assignable


async def check_assignable(services: Services, company: str, user: str | None, team: str | None) -> None:
    """Raises NotFound `unknown_member`, `unknown_team`; Refused `not_in_team`."""
    async with services.reads.system() as conn:
        found = await assignable(conn, company, user, team)
    if user is not None and not found.member:
        raise NotFound("unknown_member", "user: nobody of the company")
    if team is not None and not found.team:
        raise NotFound("unknown_team")
    if user is not None and team is not None and not found.seat:
        raise Refused("not_in_team", "user and team: the user has no seat there")
