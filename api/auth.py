"""Who is calling. Until people and roles exist: whoever holds the bootstrap token acts as the bootstrap actor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Final, Protocol
from uuid import UUID

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.tenants import Tenants
from domain.kernel.actor import BOOTSTRAP, Actor
from domain.kernel.errors import InvalidInput, Unauthenticated

REMEMBER_S: Final = 2.0
"""How long a token that was checked is not checked again: taking a right away works within this time (design §7)."""

BEARER: Final = HTTPBearer(
    auto_error=False, scheme_name="bootstrap", description="The bootstrap token, made at first start"
)


class Tokens(Protocol):
    """The vault's bootstrap token."""

    async def verify(self, token: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of one request. name: stable, for idempotency keys and logs; no secret."""

    actor: Actor
    name: str


class Authenticator:
    """Checks a bearer token. Remembers a good one for `REMEMBER_S`, a bad one never."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._good: dict[str, float] = {}

    async def __call__(self, token: str | None) -> Caller:
        """Raises Unauthenticated, Unavailable."""
        if not token:
            raise Unauthenticated(detail="Authorization: Bearer <token> is needed")
        if self._good.get(token, 0.0) < time.monotonic():
            if not await self._tokens.verify(token):
                self._good.pop(token, None)
                raise Unauthenticated(detail="the token is not valid")
            self._good = {token: time.monotonic() + REMEMBER_S}
        return Caller(BOOTSTRAP, "bootstrap")


async def _caller(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> Caller:
    authenticator: Authenticator = request.app.state.services.authenticator
    return await authenticator(bearer.credentials if bearer else None)


async def _tenant(
    request: Request, _: Annotated[Caller, Depends(_caller)], x_tenant_id: Annotated[str, Header()]
) -> str:
    """The company whose rows the request means."""
    return await require_tenant(request, x_tenant_id)


async def require_tenant(request: Request, x_tenant_id: str) -> str:
    """The company: there is one. Membership is checked here once there are members. Raises InvalidInput, NotFound."""
    try:
        tenant = str(UUID(x_tenant_id))
    except ValueError:
        raise InvalidInput("tenant_invalid", "X-Tenant-ID is not a UUID") from None
    tenants: Tenants = request.app.state.services.tenants
    await tenants.require(tenant)
    return tenant


CallerDep = Annotated[Caller, Depends(_caller)]
TenantDep = Annotated[str, Depends(_tenant)]
