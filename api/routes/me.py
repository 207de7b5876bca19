"""What people do about themselves: name, terms, password, second factor, sessions, the company that they work in."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.accounts.audit import puts_of, told_of, told_of_all
from api.accounts.browser import address_of, place_of
from api.accounts.login import Entered, counted, first_company, role_in
from api.accounts.person import ClaimsDep, PersonDep, sealer_of
from api.accounts.recovering import failed
from api.auth import Caller, CallerDep, allowed
from api.bodies import Strict
from api.reading import Fresh
from api.routes.auth import SessionGranted, granted, shown
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput, NotFound, Unauthenticated
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from domain.people.commands import AcceptTerms, RenameUser
from domain.people.policies import TERMS
from domain.security.records import Act, Failure
from projections.read.people import Membership, User, memberships
from vault.accounts.outbox import Put
from vault.accounts.passwords import MAX_LENGTH, check_strength
from vault.accounts.sessions import Session, Why

router = APIRouter(prefix="/v1/me", tags=["me"], dependencies=[Fresh])

SELF = allowed(Permission.USER_SELF)


class Me(BaseModel):
    """recovery_codes_left: of the second factor; None where there is none."""

    user: User
    company: str
    session: str
    permissions: tuple[str, ...]
    companies: tuple[Membership, ...]
    recovery_codes_left: int | None


class NameBody(Strict):
    name: str = Field(min_length=1, max_length=200)


class TermsBody(Strict):
    terms: str = Field(min_length=1, max_length=20)


class PasswordBody(Strict):
    """old: the password of now."""

    old: str = Field(max_length=MAX_LENGTH)
    new: str = Field(max_length=MAX_LENGTH)


class ProofBody(Strict):
    password: str = Field(max_length=MAX_LENGTH)


class CodeBody(Strict):
    code: str = Field(max_length=40)


class CompanyBody(Strict):
    company: UUID


class TotpOffered(BaseModel):
    """uri: for the QR code. It counts from its first code on."""

    secret: str
    uri: str


class TotpTaken(BaseModel):
    """recovery_codes: shown this once, each good once."""

    recovery_codes: tuple[str, ...]


class SessionShown(BaseModel):
    """this: the one that asks."""

    session: Session
    this: bool


@router.get("", **SELF)
async def get_me(person: PersonDep, claims: ClaimsDep, caller: CallerDep, services: ServicesDep) -> Me:
    """permissions: in the company that the request names, without one in the holding."""
    async with services.reads.system() as conn:
        belongs = await memberships(conn, person.id)
    login = await services.vault.logins.find(person.id)
    left = await services.vault.logins.recovery_codes_left(person.id) if login and login.has_totp else None
    return Me(
        user=person,
        company=claims.company,
        session=claims.session,
        permissions=tuple(sorted(caller.actor.grant)),
        companies=belongs,
        recovery_codes_left=left,
    )


@router.put("/name", **written(Written), **SELF)
async def rename(
    body: NameBody, claims: ClaimsDep, caller: CallerDep, services: ServicesDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """409 `name_unchanged`."""
    sealer = await sealer_of(services.vault.keys, claims.user)
    name = body.name.strip()
    command = RenameUser(user=claims.user, name=sealer.text("user.name", name), name_digest=sealer.tag(name))
    id_ = command_id(caller, "me:name", idempotency_key)
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(Written, HOLDING, id_, outcome)


@router.put("/terms", **written(Written), **SELF)
async def accept_terms(
    body: TermsBody, claims: ClaimsDep, caller: CallerDep, services: ServicesDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """409 `already_accepted`, 422 `unknown_terms` for another version than today's."""
    if body.terms != TERMS:
        raise InvalidInput("unknown_terms", f"terms: today's version is {TERMS}")
    command = AcceptTerms(user=claims.user, terms=body.terms)
    id_ = command_id(caller, "me:terms", idempotency_key)
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(Written, HOLDING, id_, outcome)


@router.put("/password", **SELF)
async def change_password(
    body: PasswordBody,
    person: PersonDep,
    claims: ClaimsDep,
    caller: CallerDep,
    request: Request,
    response: Response,
    services: ServicesDep,
) -> SessionGranted:
    """All sessions end, this one too: the answer is a new one. 401 `login_failed` for a wrong old password (throttled
    as a login), 422 `password_weak`, `password_too_short`, `password_too_long`."""
    check_strength(body.new, [person.name or "", person.email or ""])
    await proved(services, person, body.old, request)
    async with services.reads.system() as conn:
        belongs = await memberships(conn, person.id)
    puts = puts_of(caller.actor, Act.PASSWORD_CHANGED, person.id, belongs)
    await services.vault.logins.change_password(person.id, await services.passwords.hash(body.new), puts)
    prefix, agent = place_of(request)
    company = first_company(belongs, claims.company if role_in(belongs, claims.company) else None)
    begun = await services.vault.sessions.begin(
        person.id, company, address=prefix, agent=agent, told=told_of(Act.LOGGED_IN)
    )
    return await granted(services, response, Entered(begun, person, belongs))


@router.post("/totp", **SELF)
async def offer_totp(body: ProofBody, person: PersonDep, request: Request, services: ServicesDep) -> TotpOffered:
    """A second factor to be set up, for who shows their password again."""
    await proved(services, person, body.password, request)
    offered = await services.vault.logins.offer_totp(person.id, person.email or person.id)
    return TotpOffered(secret=offered.secret, uri=offered.uri)


@router.put("/totp", **SELF)
async def take_totp(body: CodeBody, claims: ClaimsDep, caller: CallerDep, services: ServicesDep) -> TotpTaken:
    """From now on a login needs a code. 409 `nothing_offered`, `wrong_code`."""
    puts = await _everywhere(services, caller, Act.SECOND_FACTOR_ON, claims.user)
    return TotpTaken(recovery_codes=await services.vault.logins.take_totp(claims.user, body.code, puts))


@router.delete("/totp", status_code=204, **SELF)
async def drop_totp(
    body: ProofBody, person: PersonDep, caller: CallerDep, request: Request, services: ServicesDep
) -> None:
    """For who shows their password again. 404 `no_second_factor`."""
    await proved(services, person, body.password, request)
    puts = await _everywhere(services, caller, Act.SECOND_FACTOR_OFF, person.id)
    if not await services.vault.logins.drop_totp(person.id, puts):
        raise NotFound("no_second_factor")


@router.put("/company", **SELF)
async def work_in(body: CompanyBody, person: PersonDep, claims: ClaimsDep, services: ServicesDep) -> SessionGranted:
    """The session works in another company from now on. 403 `tenant_mismatch`."""
    async with services.reads.system() as conn:
        belongs = await memberships(conn, person.id)
    session = await services.vault.sessions.work_in(
        claims.session, first_company(belongs, str(body.company)), told=told_of(Act.COMPANY_SWITCHED)
    )
    if session is None:
        raise Unauthenticated("session_over", "log in again")
    return await shown(services, session, person, belongs)


@router.get("/sessions", **SELF)
async def list_sessions(claims: ClaimsDep, services: ServicesDep) -> tuple[SessionShown, ...]:
    """Those that are not over, the newest first."""
    found = await services.vault.sessions.of_user(claims.user)
    return tuple(SessionShown(session=each, this=each.id == claims.session) for each in found)


@router.delete("/sessions/{session_id}", status_code=204, **SELF)
async def end_session(session_id: UUID, claims: ClaimsDep, caller: CallerDep, services: ServicesDep) -> None:
    """404 `session_not_found`, also for another's."""
    told = told_of(Act.SESSION_ENDED, caller.actor)
    if not await services.vault.sessions.end(str(session_id), Why.ENDED_BY_USER, user=claims.user, told=told):
        raise NotFound("session_not_found")


@router.delete("/sessions", status_code=204, **SELF)
async def end_sessions(claims: ClaimsDep, caller: CallerDep, services: ServicesDep, others_only: bool = False) -> None:
    """Logged out everywhere; with `others_only` everywhere else."""
    but = claims.session if others_only else ""
    told = told_of_all(caller.actor)
    await services.vault.sessions.end_all(claims.user, Why.ENDED_BY_USER, but=but, told=told)


async def _everywhere(services: Services, caller: Caller, act: Act, user: str) -> tuple[Put, ...]:
    async with services.reads.system() as conn:
        return puts_of(caller.actor, act, user, await memberships(conn, user))


async def proved(services: Services, person: User, password: str, request: Request) -> None:
    """It is their password; counted as a login is. Raises Limited, Unauthenticated `login_failed`, Unavailable."""
    account = person.email or person.id
    attempt = await counted(services, account, address_of(request))
    login = await services.vault.logins.find(person.id)
    if not await services.passwords.matches(login.password if login else None, password):
        services.watch.failed(
            Failure.LOGIN_FAILED, company=request.state.company, account=person.id, host=address_of(request)
        )
        await failed(services, attempt, account)
        raise Unauthenticated("login_failed", "the password is not right")
    await services.vault.throttle.passed(attempt)
