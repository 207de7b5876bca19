"""Centurions of a company."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import Field

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.centurion.commands import CreateCenturion, PublishCenturionVersion
from domain.centurion.settings import CenturionSettings, OnFailure, Pacing
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import derived, tenant_journey
from projections.read import centurions as reads
from projections.read.centurions import Centurion

router = APIRouter(prefix="/v1/centurions", tags=["centurions"], dependencies=[Fresh])

Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""What fits every reader's integer; which settings make sense the domain says (`settings_out_of_range`)."""

DEFAULTS = asdict(CenturionSettings(name="", persona="", model=""))


class PacingBody(Strict):
    """See `domain.centurion.settings.Pacing`."""

    typing_cps: Whole = DEFAULTS["pacing"]["typing_cps"]
    min_typing_ms: Whole = DEFAULTS["pacing"]["min_typing_ms"]
    max_typing_ms: Whole = DEFAULTS["pacing"]["max_typing_ms"]
    chunk_chars: Whole = DEFAULTS["pacing"]["chunk_chars"]


class CenturionBody(Strict):
    """See `domain.centurion.settings.CenturionSettings`: units and ranges."""

    name: str = Field(min_length=1, max_length=100)
    persona: str = Field(min_length=1, max_length=20000)
    model: str = Field(min_length=1, max_length=100)
    temperature_milli: Whole = DEFAULTS["temperature_milli"]
    max_tokens: Whole = DEFAULTS["max_tokens"]
    window_ms: Whole = DEFAULTS["window_ms"]
    cap_ms: Whole = DEFAULTS["cap_ms"]
    on_failure: OnFailure = OnFailure.FALLBACK_MESSAGE
    fallback_text: str = Field(default="", max_length=1000)
    pacing: PacingBody = PacingBody()

    def settings(self) -> CenturionSettings:
        values = self.model_dump(exclude={"pacing"})
        return CenturionSettings(**values, pacing=Pacing(**self.pacing.model_dump()))


class CenturionWritten(Written):
    """centurion: its id."""

    centurion: str


@router.post("", **written(CenturionWritten), **allowed(Permission.CENTURION_MANAGE))
async def create_centurion(
    body: CenturionBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Makes a sales agent with version 1 of its settings."""
    id_ = command_id(caller, f"centurions:{tenant}", idempotency_key)
    centurion = derived("centurion", id_) if idempotency_key else str(uuid4())
    command = CreateCenturion(centurion=centurion, settings=body.settings())
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(CenturionWritten, journey, id_, outcome, centurion=centurion)


@router.put("/{centurion_id}", **written(CenturionWritten), **allowed(Permission.CENTURION_MANAGE))
async def publish_version(
    centurion_id: UUID,
    body: CenturionBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Publishes new settings; replies name the version that made them."""
    id_ = command_id(caller, f"centurions:{centurion_id}", idempotency_key)
    command = PublishCenturionVersion(centurion=str(centurion_id), settings=body.settings())
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(CenturionWritten, journey, id_, outcome, centurion=str(centurion_id))


@router.get("/{centurion_id}", **TAGGED, **allowed(Permission.CENTURION_READ))
async def get_centurion(
    centurion_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep
) -> Centurion:
    """With its newest settings. 404 `centurion_not_found`, also for another company's."""
    version = await tags.version(f"centurion-{centurion_id}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.centurion(conn, tenant, str(centurion_id))
    if found is None:
        raise NotFound("centurion_not_found")
    tags.show(version)
    return found


@router.get("", **allowed(Permission.CENTURION_READ))
async def list_centurions(services: ServicesDep, caller: CallerDep, tenant: TenantDep) -> tuple[Centurion, ...]:
    """All, with their newest settings."""
    async with services.reads.company(tenant, caller.sight) as conn:
        return await reads.centurions(conn, tenant)
