"""Who is asked to become a member: by a company's people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Response
from pydantic import Field

from api.accounts.addresses import SCHEME, canonical
from api.accounts.person import sealer_of
from api.auth import CallerDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from domain.people.commands import InviteMember, RevokeInvitation
from projections.read.people import Invitation, invitation, invitations

router = APIRouter(prefix="/v1/companies/{company_id}/invitations", tags=["people"], dependencies=[Fresh])

CompanyId = Annotated[UUID, Path(description="of the company, or of the holding's reserved tenant")]


class NewInvitation(Strict):
    """role: a built-in's name, or the id of one of the company's own."""

    email: str = Field(max_length=254)
    role: str = Field(min_length=1, max_length=40)


class InvitationWritten(Written):
    """invitation: its id. user: of who is asked."""

    invitation: str
    user: str


@router.post("", **written(InvitationWritten), **allowed(Permission.MEMBER_MANAGE))
async def invite_member(
    company_id: CompanyId,
    new: NewInvitation,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """A mail with a link that may be used once, for 48 hours. 409 `already_member`, `beyond_own_rights`, `email_taken`;
    404 `unknown_role`, `unknown_company`."""
    id_ = command_id(caller, f"invitations:{company_id}", idempotency_key)
    invitation_id = derived("invitation", id_) if idempotency_key else str(uuid4())
    email = canonical(new.email)
    found = await services.vault.aliases.resolve(HOLDING_TENANT, [(SCHEME, email)])
    sealer = await sealer_of(services.vault.keys, found.lead)
    command = InviteMember(
        invitation=invitation_id,
        company=str(company_id),
        user=found.lead,
        role=new.role,
        email=sealer.text("user.email", email),
        email_hash=found.hashes[0][1],
    )
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(InvitationWritten, HOLDING, id_, outcome, invitation=invitation_id, user=found.lead)


@router.get("", **allowed(Permission.MEMBER_READ))
async def list_invitations(company_id: CompanyId, services: ServicesDep) -> tuple[Invitation, ...]:
    """The newest first, those of the last ninety days."""
    async with services.reads.system() as conn:
        return await invitations(conn, str(company_id))


@router.get("/{invitation_id}", **TAGGED, **allowed(Permission.MEMBER_READ))
async def get_invitation(
    company_id: CompanyId, invitation_id: UUID, services: ServicesDep, tags: TagsDep
) -> Invitation:
    """404 `invitation_not_found`, also for another company's."""
    version = await tags.version(f"invitation-{invitation_id}")
    async with services.reads.system() as conn:
        found = await invitation(conn, str(company_id), str(invitation_id))
    if found is None:
        raise NotFound("invitation_not_found")
    tags.show(version, whole=False)
    return found


@router.delete("/{invitation_id}", **written(Written), **allowed(Permission.MEMBER_MANAGE))
async def revoke_invitation(
    company_id: CompanyId,
    invitation_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Its link works no more. 409 `invitation_over`; 404 `unknown_invitation`, also for another company's."""
    command = RevokeInvitation(invitation=str(invitation_id), company=str(company_id))
    id_ = command_id(caller, f"invitations:{invitation_id}:revoke", idempotency_key)
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(Written, HOLDING, id_, outcome)
