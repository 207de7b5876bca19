"""Members of a company (or of the holding), and what they are there."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.accounts.taking import take_away
from api.auth import CallerDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.routes.invitations import CompanyId
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from api.watch import ReadingDep
from domain.access.grant import of_role
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING
from domain.people.commands import ChangeMemberRole, RemoveMember
from projections.read.people import Member, member, members, own_roles

router = APIRouter(prefix="/v1/companies/{company_id}/members", tags=["people"], dependencies=[Fresh])


class RoleBody(Strict):
    """before: the role that the member is seen to have."""

    role: str = Field(min_length=1, max_length=40)
    before: str = Field(min_length=1, max_length=40)


@router.get("", **allowed(Permission.MEMBER_READ))
async def list_members(company_id: CompanyId, services: ServicesDep, reading: ReadingDep) -> tuple[Member, ...]:
    """By when they joined."""
    async with services.reads.system() as conn:
        found = await members(conn, str(company_id))
    reading.of("user", *(member.user_id for member in found))
    return found


@router.get("/{user_id}", **TAGGED, **allowed(Permission.MEMBER_READ))
async def get_member(company_id: CompanyId, user_id: UUID, services: ServicesDep, tags: TagsDep) -> Member:
    """404 `member_not_found`. The members of a company are one stream: the ETag is of all of them."""
    version = await tags.version(f"members-{company_id}")
    async with services.reads.system() as conn:
        found = await member(conn, str(company_id), str(user_id))
    if found is None:
        raise NotFound("member_not_found")
    tags.show(version, whole=False)
    return found


@router.put("/{user_id}/role", **written(Written), **allowed(Permission.MEMBER_MANAGE))
async def change_member_role(
    company_id: CompanyId,
    user_id: UUID,
    body: RoleBody,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """What the new role does not allow is gone at once, what it adds comes with the log. 409 `role_moved_on`,
    `role_unchanged`, `beyond_own_rights`, `last_super_admin`; 404 `unknown_member`, `unknown_role`."""
    company, user = str(company_id), str(user_id)
    command = ChangeMemberRole(company=company, user=user, role=body.role, before=body.before)
    id_ = command_id(caller, f"members:{company}:{user}:role", idempotency_key)
    keeps = await _permissions(services, company, body.role)
    outcome = await take_away(services, caller, command, id_, user=user, company=company, keeps=keeps)
    return answer(Written, HOLDING, id_, outcome)


@router.delete("/{user_id}", **written(Written), **allowed(Permission.MEMBER_MANAGE))
async def remove_member(
    company_id: CompanyId,
    user_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    role: str = Query(max_length=40, description="the one that the member is seen to have"),
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """409 `role_moved_on`, `beyond_own_rights`, `last_super_admin`; 404 `unknown_member`."""
    company, user = str(company_id), str(user_id)
    command = RemoveMember(company=company, user=user, role=role)
    id_ = command_id(caller, f"members:{company}:{user}:remove", idempotency_key)
    outcome = await take_away(services, caller, command, id_, user=user, company=company, keeps=())
    return answer(Written, HOLDING, id_, outcome)


async def _permissions(services: Services, company: str, role: str) -> frozenset[Permission]:
    async with services.reads.system() as conn:
        own = {each.id: each.permissions for each in await own_roles(conn, company) if not each.retired}
    return of_role(role, own.get(role))
