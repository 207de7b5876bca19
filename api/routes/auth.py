"""Logging in, going on and logging out."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.accounts.addresses import canonical
from api.accounts.audit import told_of
from api.accounts.browser import address_of, place_of
from api.accounts.login import Entered, From, Proofs, log_in, role_in
from api.auth import OPEN
from api.bodies import Strict
from api.services import Services, ServicesDep
from api.tokens import LIFETIME_S
from domain.kernel.errors import Unauthenticated
from domain.people.policies import TERMS
from domain.security.records import Act
from projections.read.people import Membership, User, memberships, user
from vault.accounts.passwords import MAX_LENGTH
from vault.accounts.sessions import Granted, Session, TokenReused, Why

router = APIRouter(prefix="/v1/auth", tags=["auth"])


class LoginBody(Strict):
    """code: of the second factor, where there is one. company: to begin in."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=MAX_LENGTH)
    code: str | None = Field(default=None, max_length=40)
    company: UUID | None = None


class SessionGranted(BaseModel):
    """access_token: for `Authorization: Bearer`, for `expires_in` seconds. The cookie that came with it gets the next
    one from `POST /v1/auth/refresh`. terms_due: the version of the terms that is to be accepted, if any."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105  the name of the scheme
    expires_in: int = LIFETIME_S
    session: str
    company: str
    role: str
    user: User
    companies: tuple[Membership, ...]
    terms_due: str | None


@router.post("/login", **OPEN)
async def login(body: LoginBody, request: Request, response: Response, services: ServicesDep) -> SessionGranted:
    """401 `login_failed` whatever was wrong, `second_factor_needed` after the right password; 429 `login_throttled`."""
    prefix, agent = place_of(request)
    source = From(address_of(request), prefix, agent)
    proofs = Proofs(canonical(body.email), body.password, body.code)
    entered = await log_in(services, proofs, source, str(body.company) if body.company else None)
    return await granted(services, response, entered)


@router.post("/refresh", **OPEN)
async def refresh(request: Request, response: Response, services: ServicesDep) -> SessionGranted:
    """The cookie's token works once and brings the next. One that comes again ends the session: 401 `token_reused`."""
    token = services.cookies.read(request)
    try:
        found = await services.vault.sessions.refresh(token, reused=told_of(Act.TOKEN_REUSED))
    except TokenReused:
        found, code = None, "token_reused"
    else:
        code = "session_over"
    if found is None:
        raise Unauthenticated(code, "log in again")
    return await granted(services, response, await entered_again(services, found))


@router.post("/logout", status_code=204, **OPEN)
async def logout(request: Request, response: Response, services: ServicesDep) -> None:
    """Ends the cookie's session, if there is one."""
    token = services.cookies.read(request)
    if token:
        await services.vault.sessions.end_by_token(token, Why.LOGOUT, told=told_of(Act.LOGGED_OUT))
    services.cookies.take_away(response)


async def granted(services: Services, response: Response, entered: Entered) -> SessionGranted:
    """What a login answers, with its cookie."""
    services.cookies.give(response, entered.granted.refresh_token)
    return await shown(services, entered.granted.session, entered.user, entered.memberships)


async def shown(services: Services, session: Session, person: User, belongs: tuple[Membership, ...]) -> SessionGranted:
    role = role_in(belongs, session.company)
    return SessionGranted(
        access_token=await services.access_tokens.issue(session, role),
        session=session.id,
        company=session.company,
        role=role,
        user=person,
        companies=belongs,
        terms_due=None if person.terms == TERMS else TERMS,
    )


async def entered_again(services: Services, found: Granted) -> Entered:
    """Raises Unauthenticated `session_over` for a user who may not log in any more."""
    async with services.reads.system() as conn:
        person = await user(conn, found.session.user_id)
        belongs = await memberships(conn, found.session.user_id)
    if person is None or person.disabled or person.erased:
        raise Unauthenticated("session_over", "log in again")
    return Entered(found, person, belongs)
