"""In the demo only: writing as the lead, through the Evolution simulator, the way a phone would; reading the mails that
would have been sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import httpx
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import CallerDep, allowed
from api.bodies import Strict
from api.services import ServicesDep
from domain.kernel.actor import Permission
from domain.kernel.errors import GatewayFailed, NotFound

router = APIRouter(prefix="/v1/demo", tags=["demo"])

TIMEOUT_S: Final = 5.0


class Sent(BaseModel):
    """The simulator took it."""

    status: Literal["sent"] = "sent"


class LeadMessage(Strict):
    """instance: name at the provider. phone: digits with country code."""

    instance: str = "demo"
    phone: str = Field(pattern=r"^\+?[0-9]{8,15}$")
    name: str = Field(default="Lead", max_length=100)
    text: str = Field(min_length=1, max_length=4000)


@router.post("/messages", status_code=202, **allowed(Permission.HOLDING_MANAGE))
async def write_as_lead(message: LeadMessage, services: ServicesDep, _: CallerDep) -> Sent:
    """The simulator's phone sends it: it comes back as a webhook, like any lead's. 404 outside of the demo."""
    await _asked(services.demo_url, "POST", "/_sim/lead", json=message.model_dump())
    return Sent()


class DemoMail(BaseModel):
    """A mail that the sink was given. at: when."""

    number: int
    at: datetime
    to: list[str]
    subject: str
    text: str


@router.get("/mails", **allowed(Permission.HOLDING_MANAGE))
async def read_mails(services: ServicesDep, to: Annotated[str | None, Query(max_length=320)] = None) -> list[DemoMail]:
    """The mails of the demo, the eldest first. 404 outside of the demo. They hold links that let whoever reads them act
    as who they are to: for who may do all anyway."""
    found = await _asked(services.mails_url, "GET", "/_sim/mails", params={} if to is None else {"to": to})
    return [DemoMail.model_validate(each) for each in found.json()]


async def _asked(base_url: str | None, method: str, path: str, **request: Any) -> httpx.Response:
    """The simulator's answer. Raises NotFound, GatewayFailed."""
    if base_url is None:
        raise NotFound("no_demo", "there is no simulator here")
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
            return (await client.request(method, f"{base_url}{path}", **request)).raise_for_status()
    except httpx.HTTPError as error:
        raise GatewayFailed("simulator_failed", type(error).__name__) from None
