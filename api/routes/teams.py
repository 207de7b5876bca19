"""Teams of a company: who belongs together, and so sees the same leads."""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import Field

from api.auth import Caller, CallerDep, allowed
from api.bodies import Strict
from api.reading import Fresh
from api.routes.invitations import CompanyId
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from domain.team.commands import AddTeamMember, CreateTeam, RemoveTeamMember, RenameTeam, RetireTeam
from projections.read.teams import Team, teams

router = APIRouter(prefix="/v1/companies/{company_id}/teams", tags=["people"], dependencies=[Fresh])


class TeamBody(Strict):
    name: str = Field(min_length=1, max_length=200)


class TeamWritten(Written):
    """team: its id."""

    team: str


@router.get("", **allowed(Permission.TEAM_READ))
async def list_teams(company_id: CompanyId, services: ServicesDep) -> tuple[Team, ...]:
    """By name, with their members; retired ones too."""
    async with services.reads.system() as conn:
        return await teams(conn, str(company_id))


@router.post("", **written(TeamWritten), **allowed(Permission.TEAM_MANAGE))
async def create_team(
    company_id: CompanyId,
    body: TeamBody,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """409 `name_taken`, `invalid_name`, `too_many_teams`; 404 `unknown_company`."""
    id_ = command_id(caller, f"teams:{company_id}", idempotency_key)
    team = derived("team", id_) if idempotency_key else str(uuid4())
    command = CreateTeam(team=team, company=str(company_id), name=body.name)
    return await _written(services, caller, command, team, id_)


@router.put("/{team_id}/name", **written(TeamWritten), **allowed(Permission.TEAM_MANAGE))
async def rename_team(
    company_id: CompanyId,
    team_id: UUID,
    body: TeamBody,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """409 `name_taken`, `invalid_name`, `name_unchanged`; 404 `unknown_team`, also for another company's."""
    id_ = command_id(caller, f"teams:{team_id}:name", idempotency_key)
    command = RenameTeam(team=str(team_id), company=str(company_id), name=body.name)
    return await _written(services, caller, command, str(team_id), id_)


@router.put("/{team_id}/members/{user_id}", **written(TeamWritten), **allowed(Permission.TEAM_MANAGE))
async def add_team_member(
    company_id: CompanyId,
    team_id: UUID,
    user_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """By who sees all of the company's leads. 409 `already_in_team`, `beyond_own_rights`; 404 `unknown_team`,
    `unknown_member` for who is none of the company."""
    id_ = command_id(caller, f"teams:{team_id}:add:{user_id}", idempotency_key)
    command = AddTeamMember(team=str(team_id), company=str(company_id), user=str(user_id))
    return await _written(services, caller, command, str(team_id), id_)


@router.delete("/{team_id}/members/{user_id}", **written(TeamWritten), **allowed(Permission.TEAM_MANAGE))
async def remove_team_member(
    company_id: CompanyId,
    team_id: UUID,
    user_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """They stay a member of the company. 409 `not_in_team`; 404 `unknown_team`."""
    id_ = command_id(caller, f"teams:{team_id}:remove:{user_id}", idempotency_key)
    command = RemoveTeamMember(team=str(team_id), company=str(company_id), user=str(user_id))
    return await _written(services, caller, command, str(team_id), id_)


@router.delete("/{team_id}", **written(TeamWritten), **allowed(Permission.TEAM_MANAGE))
async def retire_team(
    company_id: CompanyId,
    team_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """For good: its seats fall, its leads are for whoever distributes. 404 `unknown_team`."""
    id_ = command_id(caller, f"teams:{team_id}:retire", idempotency_key)
    command = RetireTeam(team=str(team_id), company=str(company_id))
    return await _written(services, caller, command, str(team_id), id_)


async def _written(services: Services, caller: Caller, command: Command, team: str, id_: str) -> Response:
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(TeamWritten, HOLDING, id_, outcome, team=team)
