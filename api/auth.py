"""Who is calling, and what they may do in the company that the request names: path first, then X-Tenant-ID."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Final, Protocol
from uuid import UUID

import structlog
from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.access import Access, NotAMember
from api.accounts.browser import address_of
from api.machines import KeyRefused, Machines
from api.preconditions import expected_version
from api.tenants import Tenants
from api.tokens import AccessTokens, Claims
from domain.access.sight import Sight, sight_of
from domain.kernel.actor import BOOTSTRAP, Actor, Permission
from domain.kernel.errors import Forbidden, InvalidInput, Unauthenticated
from domain.kernel.ids import HOLDING_TENANT
from vault.accounts.api_key import ApiKey
from vault.accounts.key_text import BEGINNING

REMEMBER_S: Final = 2.0
"""How long a bootstrap token that was checked is not checked again (as rights are, api/access.py)."""

READS: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing: what `If-Match` says is of no consequence to them."""

BEARER: Final = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="an access token of `POST /v1/auth/login`, an API key, or the bootstrap token, made at first start",
)

BOOTSTRAP_PREFIX: Final = "lgn_boot_"
"""Of `vault.tokens`: tells the kinds apart without trying them all."""

Identity = Claims | ApiKey | None
"""A user in a session, a machine, or the bootstrap token."""


class Tokens(Protocol):
    """The vault's bootstrap token."""

    async def verify(self, token: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of one request. actor: with the grant in `company`. name: stable, for idempotency keys
    and logs; no secret. address: of the client. claims: of a user. key: of a machine. expected: the version that
    `If-Match` names."""

    actor: Actor
    name: str
    company: str
    token: str = field(repr=False)
    address: str = ""
    claims: Claims | None = None
    key: ApiKey | None = None
    expected: int | None = None

    @property
    def sight(self) -> Sight:
        """Which of the company's leads they see."""
        return sight_of(self.actor)


class Authenticator:
    """Checks a bearer token. Remembers a good bootstrap token for `REMEMBER_S`, a bad one never."""

    def __init__(
        self, tokens: Tokens, access_tokens: AccessTokens, access: Access, machines: Machines, tenants: Tenants
    ) -> None:
        self._tokens = tokens
        self._access_tokens = access_tokens
        self._access = access
        self._machines = machines
        self._tenants = tenants
        self._good: dict[str, float] = {}

    async def identify(self, token: str | None, address: str) -> Identity:
        """Who it is, before anything of the request is looked at. address: of the client. Raises Unauthenticated,
        Unavailable."""
        if not token:
            raise Unauthenticated(detail="Authorization: Bearer <token> is needed")
        if token.startswith(BOOTSTRAP_PREFIX):
            await self._check_bootstrap(token)
            return None
        if token.startswith(BEGINNING):
            return await self._machines.identify(token, address)
        return await self._access_tokens.read(token)

    async def refused(self, why: KeyRefused) -> None:
        """Of each call that ends so. Raises Unavailable."""
        await self._machines.refused(why)

    async def in_company(self, token: str, identity: Identity, company: str, address: str) -> Caller:
        """company: whose rights count, the holding's reserved tenant for none. Raises Unauthenticated, Forbidden,
        NotFound, Unavailable."""
        if identity is None:
            if company != HOLDING_TENANT:
                await self._tenants.require(company)
            return Caller(BOOTSTRAP, "bootstrap", company, token, address)
        if isinstance(identity, ApiKey):
            actor = await self._machines.actor(identity, company)
            return Caller(actor, f"api_key:{identity.id}", company, token, address, key=identity)
        actor = await self._access.actor(identity, company)
        return Caller(actor, f"user:{identity.user}", company, token, address, claims=identity)

    async def again(self, caller: Caller) -> Caller:
        """The same caller as of now, for a connection that lasts. Raises as a call does."""
        identity = await self.identify(caller.token, caller.address)
        return await self.in_company(caller.token, identity, caller.company, caller.address)

    async def _check_bootstrap(self, token: str) -> None:
        if self._good.get(token, 0.0) < time.monotonic():
            if not await self._tokens.verify(token):
                self._good.pop(token, None)
                raise Unauthenticated(detail="the token is not valid")
            self._good = {token: time.monotonic() + REMEMBER_S}


async def _caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> Caller:
    authenticator: Authenticator = request.app.state.services.authenticator
    token = bearer.credentials if bearer else ""
    address = address_of(request)
    try:
        identity = await authenticator.identify(token, address)
    except KeyRefused as refused:
        _tell(request, refused.key)
        await authenticator.refused(refused)
        raise
    _tell(request, identity)
    named = named_companies(request.path_params, request.headers.get("x-tenant-id"))
    company = named[0] if named else HOLDING_TENANT
    try:
        caller = await authenticator.in_company(token, identity, company, address)
    except NotAMember as stranger:
        request.state.company = company if stranger.known_company else HOLDING_TENANT
        raise
    request.state.company = company
    if len(set(named)) > 1:  # who may not log in any more has been told so
        raise Forbidden("tenant_mismatch", "the path and X-Tenant-ID name two companies")
    structlog.contextvars.bind_contextvars(company=caller.company, user=caller.actor.id)
    if request.method in READS:
        return caller
    return replace(caller, expected=expected_version(request.headers.get("if-match")))


def _tell(request: Request, identity: Identity) -> None:
    """Who it is that may fail (api/watch.py). A company hears of its key also where it calls for another."""
    match identity:
        case ApiKey():
            request.state.account, request.state.company = identity.id, identity.company
        case Claims():
            request.state.account = identity.user
        case None:
            request.state.account = ""


def named_companies(path: Mapping[str, Any], header: str | None) -> tuple[str, ...]:
    """The companies that a request names, the path's first. Raises InvalidInput for what is no UUID."""
    return tuple(_uuid(each) for each in (path.get("company_id"), header) if each is not None)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidInput("tenant_invalid", "the id of the company is not a UUID") from None


CallerDep = Annotated[Caller, Depends(_caller)]


async def _tenant(caller: CallerDep, x_tenant_id: Annotated[str, Header()]) -> str:  # noqa: ARG001  documents the header
    """The company whose rows the request means."""
    return caller.company


TenantDep = Annotated[str, Depends(_tenant)]


OPEN: Final[dict[str, Any]] = {"openapi_extra": {"x-permission": "none", "security": []}}
"""Of a route that nobody needs a token for: what proves who calls is in the request itself."""


def allowed(permission: Permission) -> dict[str, Any]:
    """Of a route decorator: what the caller must be allowed. It stands in the OpenAPI document as `x-permission`, and
    the isolation matrix is made from there."""

    async def check(caller: CallerDep) -> None:
        caller.actor.check(permission)

    return {"dependencies": [Depends(check)], "openapi_extra": {"x-permission": permission.value}}
