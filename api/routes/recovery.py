"""For who cannot log in and reads the account's mails. A link's token proves who calls."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.accounts import recovering
from api.accounts.addresses import canonical
from api.accounts.browser import address_of
from api.auth import OPEN
from api.bodies import Strict
from api.services import ServicesDep
from vault.accounts.passwords import MAX_LENGTH

router = APIRouter(prefix="/v1/auth", tags=["auth"])


class EmailBody(Strict):
    email: str = Field(max_length=254)


class TokenBody(Strict):
    """token: what stands behind the # of the link."""

    token: str = Field(max_length=100)


class ResetBody(TokenBody):
    password: str = Field(max_length=MAX_LENGTH)


class Asked(BaseModel):
    """The same whether there is such an account or not."""

    status: str = "asked"


@router.post("/password/forgotten", status_code=202, **OPEN)
async def forgot_password(body: EmailBody, request: Request, services: ServicesDep) -> Asked:
    """A mail with a link that works once, for an hour, if there is an account of this address; three in an hour."""
    await recovering.forgotten(services, canonical(body.email), address_of(request))
    return Asked()


@router.post("/password/reset", status_code=204, **OPEN)
async def reset_password(body: ResetBody, services: ServicesDep) -> None:
    """All sessions end; a second factor is still asked for at the next login. 404 `unknown_token`, 422 `password_weak`,
    `password_too_short`, `password_too_long`: then the link still works."""
    await recovering.reset(services, body.token, body.password)


@router.post("/unlock", status_code=204, **OPEN)
async def unlock_account(body: TokenBody, services: ServicesDep) -> None:
    """Too many failed logins are forgotten. 404 `unknown_token`."""
    await recovering.unlock(services, body.token)
