"""Sessions of a company's members, for who may end them: those that work in the company; in the holding, all."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from api.accounts.supervising import Supervised, supervised
from api.auth import CallerDep, allowed
from api.reading import Fresh
from api.routes.invitations import CompanyId
from api.services import ServicesDep
from domain.kernel.actor import Permission
from vault.accounts.sessions import Session

router = APIRouter(
    prefix="/v1/companies/{company_id}/members/{user_id}/sessions", tags=["people"], dependencies=[Fresh]
)

MANAGED = allowed(Permission.SESSION_MANAGE)


async def _supervised(
    company_id: CompanyId,  # noqa: ARG001  the caller's: documented here
    user_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
) -> Supervised:
    return await supervised(services, caller, str(user_id))


SupervisedDep = Annotated[Supervised, Depends(_supervised)]


@router.get("", **MANAGED)
async def list_member_sessions(of: SupervisedDep) -> tuple[Session, ...]:
    """Those that are not over, the newest first. 404 `member_not_found`."""
    return await of.sessions()


@router.delete("", status_code=204, **MANAGED)
async def end_member_sessions(of: SupervisedDep) -> None:
    """Logged out within five seconds, everywhere. 404 `member_not_found`, 409 `beyond_own_rights`."""
    await of.end_all()


@router.delete("/{session_id}", status_code=204, **MANAGED)
async def end_member_session(session_id: UUID, of: SupervisedDep) -> None:
    """404 `member_not_found`, `session_not_found`, also for one that works in another company; 409
    `beyond_own_rights`."""
    await of.end(str(session_id))
