"""In the demo only: writing as the lead, through the Evolution simulator, the way a phone would."""

from __future__ import annotations

from typing import Final, Literal

import httpx
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import CallerDep, allowed
from api.services import ServicesDep
from domain.kernel.actor import Permission
from domain.kernel.errors import GatewayFailed, NotFound

router = APIRouter(prefix="/v1/demo", tags=["demo"])

TIMEOUT_S: Final = 5.0


class Sent(BaseModel):
    """The simulator took it."""

    status: Literal["sent"] = "sent"


class LeadMessage(BaseModel):
    """instance: name at the provider. phone: digits with country code."""

    model_config = ConfigDict(extra="forbid")

    instance: str = "demo"
    phone: str = Field(pattern=r"^\+?[0-9]{8,15}$")
    name: str = Field(default="Lead", max_length=100)
    text: str = Field(min_length=1, max_length=4000)


@router.post("/messages", status_code=202, **allowed(Permission.HOLDING_MANAGE))
async def write_as_lead(message: LeadMessage, services: ServicesDep, _: CallerDep) -> Sent:
    """The simulator's phone sends it: it comes back as a webhook, like any lead's. 404 outside of the demo."""
    if services.demo_url is None:
        raise NotFound("no_demo", "there is no simulator here")
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
            response = await client.post(f"{services.demo_url}/_sim/lead", json=message.model_dump())
            response.raise_for_status()
    except httpx.HTTPError as error:
        raise GatewayFailed("simulator_failed", type(error).__name__) from None
    return Sent()
