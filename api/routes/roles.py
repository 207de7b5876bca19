"""Roles: those that there are from the start, and those that a company makes for itself."""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.auth import Caller, CallerDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.routes.invitations import CompanyId
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.access.commands import ChangeRole, DefineRole, RetireRole
from domain.access.matrix import COMPANY_ROLES, CUSTOM, GRANTS, HOLDING_ROLES
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from projections.read.people import OwnRole, own_role, own_roles

router = APIRouter(prefix="/v1/companies/{company_id}/roles", tags=["people"], dependencies=[Fresh])


class BuiltIn(BaseModel):
    name: str
    permissions: tuple[str, ...]


class Roles(BaseModel):
    """built_in: that may be given in this company. own: made by it. available: what its own roles may hold."""

    built_in: tuple[BuiltIn, ...]
    own: tuple[OwnRole, ...]
    available: tuple[str, ...]


class RoleBody(Strict):
    name: str = Field(min_length=1, max_length=200)
    permissions: tuple[Permission, ...] = Field(max_length=100)


class RoleWritten(Written):
    """role: its id."""

    role: str


@router.get("", **allowed(Permission.ROLE_READ))
async def list_roles(company_id: CompanyId, services: ServicesDep) -> Roles:
    """What may be given to members."""
    company = str(company_id)
    async with services.reads.system() as conn:
        own = await own_roles(conn, company)
    names = HOLDING_ROLES if company == HOLDING_TENANT else COMPANY_ROLES
    built_in = tuple(BuiltIn(name=role, permissions=tuple(sorted(GRANTS[role]))) for role in sorted(names))
    return Roles(built_in=built_in, own=own, available=tuple(sorted(CUSTOM)))


@router.post("", **written(RoleWritten), **allowed(Permission.ROLE_MANAGE))
async def define_role(
    company_id: CompanyId,
    body: RoleBody,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """409 `not_for_companies`, `beyond_own_rights`, `invalid_name`."""
    id_ = command_id(caller, f"roles:{company_id}", idempotency_key)
    role = derived("role", id_) if idempotency_key else str(uuid4())
    command = DefineRole(role=role, company=str(company_id), name=body.name, permissions=body.permissions)
    return await _written(services, caller, command, role, id_)


@router.get("/{role_id}", **TAGGED, **allowed(Permission.ROLE_READ))
async def get_role(company_id: CompanyId, role_id: UUID, services: ServicesDep, tags: TagsDep) -> OwnRole:
    """One of the company's own. 404 `role_not_found`, also for another company's."""
    version = await tags.version(f"role-{role_id}")
    async with services.reads.system() as conn:
        found = await own_role(conn, str(company_id), str(role_id))
    if found is None:
        raise NotFound("role_not_found")
    tags.show(version)
    return found


@router.put("/{role_id}", **written(RoleWritten), **allowed(Permission.ROLE_MANAGE))
async def change_role(
    company_id: CompanyId,
    role_id: UUID,
    body: RoleBody,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """For all who have it. As `define_role`; 409 `role_unchanged`, 404 `unknown_role`, also for another company's."""
    id_ = command_id(caller, f"roles:{role_id}:change", idempotency_key)
    command = ChangeRole(role=str(role_id), company=str(company_id), name=body.name, permissions=body.permissions)
    return await _written(services, caller, command, str(role_id), id_)


@router.delete("/{role_id}", **written(RoleWritten), **allowed(Permission.ROLE_MANAGE))
async def retire_role(
    company_id: CompanyId,
    role_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """409 `role_in_use`; 404 `unknown_role`."""
    id_ = command_id(caller, f"roles:{role_id}:retire", idempotency_key)
    command = RetireRole(role=str(role_id), company=str(company_id))
    return await _written(services, caller, command, str(role_id), id_)


async def _written(services: Services, caller: Caller, command: Command, role: str, id_: str) -> Response:
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(RoleWritten, HOLDING, id_, outcome, role=role)
