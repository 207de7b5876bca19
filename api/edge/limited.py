"""How often one may call: by address without login; with it by caller, and by the company that they logged in to.

Headers as in draft-ietf-httpapi-ratelimit-headers-10 (structured fields, one item for each limit):

    RateLimit-Policy: "caller";q=3000;w=60, "company";q=12000;w=60
    RateLimit: "caller";r=2990;t=41, "company";r=11800;t=12

The company is the one that the session or the key was given out for, and not the one that a request names: nobody can
use up another's. A token that proves nothing counts by its address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Identity
from api.edge.client import address_of
from api.edge.config import EdgeConfig
from api.edge.lease import Limit, Standing
from api.edge.probes import PROBES
from api.problems import problem
from api.services import Services
from api.tokens import Claims
from domain.kernel.errors import LegionError
from domain.kernel.ids import HOLDING_TENANT
from domain.security.records import Failure
from vault.accounts.api_key import ApiKey
from vault.accounts.throttle import prefix_of

WINDOW_S: Final = 60


@dataclass(frozen=True, slots=True)
class Calling:
    """limits: in turn, with whose each is. company, account: whose calls that are refused count as, for auditors."""

    limits: tuple[tuple[Limit, str], ...]
    company: str = HOLDING_TENANT
    account: str = ""


class Limited:
    """services: known once the application has started."""

    def __init__(self, app: ASGIApp, config: EdgeConfig, services: Callable[[], Services]) -> None:
        self._app = app
        self._config = config
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        calling = await self._calling(scope)
        standings = await self._take(calling)
        headers = {"ratelimit-policy": policy(standings), "ratelimit": state(standings)}
        last = standings[-1]
        if last.allowed:
            await self._app(scope, receive, _with(headers, send))
            return
        self._services().watch.failed(
            Failure.RATE_LIMITED, company=calling.company, account=calling.account, host=address_of(scope)
        )
        wait = max(1, ceil(last.reset_s))
        detail = f"more than {last.limit.amount} calls in {WINDOW_S} s of one {last.limit.name}: again in {wait} s"
        refusal = problem(
            429,
            "rate_limited",
            detail,
            path=scope["path"],
            headers={"Retry-After": str(wait), **headers},
            **{"violated-policies": [last.limit.name]},
        )
        await refusal(scope, receive, send)

    async def _take(self, calling: Calling) -> list[Standing]:
        """Of each limit in turn, up to the one that refuses."""
        standings: list[Standing] = []
        for limit, who in calling.limits:
            standings.append(await self._services().quota.take(limit, who))
            if not standings[-1].allowed:
                break
        return standings

    async def _calling(self, scope: Scope) -> Calling:
        token = bearer_of(scope)
        if token:
            try:
                identity = await self._services().authenticator.identify(token, address_of(scope))
            except LegionError:  # whoever answers it says why
                pass
            else:
                account, company = _who(identity)
                limits = (self._config.of_caller, account), (self._config.of_company, company)
                return Calling(limits, company, account)
        return Calling(((self._config.of_address, prefix_of(address_of(scope))),))


def _who(identity: Identity) -> tuple[str, str]:
    """(account, company)."""
    match identity:
        case Claims():
            return identity.user, identity.company
        case ApiKey():
            return identity.id, identity.company
        case None:
            return "bootstrap", HOLDING_TENANT


def bearer_of(scope: Scope) -> str:
    """The token of `Authorization: Bearer`; "" without."""
    scheme, _, token = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def policy(standings: Sequence[Standing]) -> str:
    return ", ".join(f'"{one.limit.name}";q={one.limit.amount};w={WINDOW_S}' for one in standings)


def state(standings: Sequence[Standing]) -> str:
    return ", ".join(f'"{one.limit.name}";r={one.remaining};t={ceil(one.reset_s)}' for one in standings)


def _with(more: dict[str, str], send: Send) -> Send:
    async def begin(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(more)
        await send(message)

    return begin
