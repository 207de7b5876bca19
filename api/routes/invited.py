"""What one does with an invitation's link. Its token proves who calls: whoever reads the mail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from api.accounts.accepting import Accepting, offer
from api.auth import OPEN
from api.bodies import Strict
from api.reading import position_reached
from api.services import ServicesDep
from api.submit import Written, answer, written
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import HOLDING
from domain.people.policies import TERMS
from vault.accounts.passwords import MAX_LENGTH

router = APIRouter(prefix="/v1/invitations/{invitation_id}", tags=["auth"])


Token = Annotated[str, Header(alias="X-Invitation-Token", description="what stands behind the # of the link")]


class Offered(BaseModel):
    """known: there is an account of this address, and nothing needs to be chosen. state: open, accepted, revoked or
    expired."""

    company: str
    company_name: str
    email: str | None
    role: str
    state: str
    expires_at: datetime
    known: bool
    terms: str = TERMS


class AcceptBody(Strict):
    """All three of who has no account yet; nothing of who has one. terms: the version that they accept."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    password: str | None = Field(default=None, max_length=MAX_LENGTH)
    terms: str | None = Field(default=None, max_length=20)


class Accepted(Written):
    """user: who is a member now; they log in next."""

    user: str


@router.get("", **OPEN)
async def get_offer(
    invitation_id: UUID, services: ServicesDep, token: Token, x_legion_position: Annotated[str, Header()] = ""
) -> Offered:
    """What one is asked to. 404 `unknown_invitation`, also for a wrong token."""
    await position_reached(services, x_legion_position)
    found = await offer(services, str(invitation_id), token)
    return Offered(
        company=found.company,
        company_name=found.company_name,
        email=found.invitation.email,
        role=found.invitation.role,
        state=found.state,
        expires_at=found.invitation.expires_at,
        known=found.known,
    )


@router.post("/acceptance", **written(Accepted), **OPEN)
async def accept_invitation(invitation_id: UUID, body: AcceptBody, services: ServicesDep, token: Token) -> Response:
    """The same call again has the same answer. 409 `invitation_over`, `invitation_expired`, `user_disabled`; 422 for
    what who has no account has to choose."""
    found = await offer(services, str(invitation_id), token)
    if body.terms != TERMS and not found.known:
        raise InvalidInput("unknown_terms", f"terms: today's version is {TERMS}")
    outcome = await Accepting(services, found).accept(body.name, body.password)
    return answer(Accepted, HOLDING, found.acceptance, outcome, user=found.invitation.user_id)


@router.post("/again", **written(Written), **OPEN)
async def ask_invitation_again(invitation_id: UUID, services: ServicesDep, token: Token) -> Response:
    """Who came too late asks for another one; the company's people see it. 409 `invitation_holds`, `already_asked`."""
    found = await offer(services, str(invitation_id), token)
    outcome = await Accepting(services, found).ask_again()
    return answer(Written, HOLDING, found.asking, outcome)
