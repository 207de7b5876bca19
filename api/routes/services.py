"""Services of a company: what it sells.

All of them are one stream, so that a name is one service's: the `ETag` of the list is its version, and `If-Match` of a
change is held against it.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import Field

from api.auth import Caller, CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.money import Amount, Currency
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.holding.policies import MAX_NAME
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.ids import derived, tenant_journey
from domain.service.commands import AddService, ChangeService, RetireService
from projections.read import services as reads
from projections.read.services import Service

router = APIRouter(prefix="/v1/services", tags=["pipelines"], dependencies=[Fresh])


class ServiceBody(Strict):
    """price: of one."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    price: Amount
    currency: Currency


class ServiceWritten(Written):
    """service: its id."""

    service: str


@router.get("", **TAGGED, **allowed(Permission.PIPELINE_READ))
async def list_services(
    services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep
) -> tuple[Service, ...]:
    """By name; retired ones too."""
    version = await tags.version(f"services-{tenant}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.services(conn, tenant)
    tags.show(version)
    return found


@router.post("", **written(ServiceWritten), **allowed(Permission.PIPELINE_MANAGE))
async def add_service(
    body: ServiceBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """409 `name_taken`, `invalid_name`, `too_many_services`."""
    id_ = command_id(caller, f"services:{tenant}", idempotency_key)
    service = derived("service", id_) if idempotency_key else str(uuid4())
    command = AddService(service=service, company=tenant, **body.model_dump())
    return await _written(services, caller, command, tenant, service, id_)


@router.put("/{service_id}", **written(ServiceWritten), **allowed(Permission.PIPELINE_MANAGE))
async def change_service(
    service_id: UUID,
    body: ServiceBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All of it; deals keep the price that they were offered at. 409 `name_taken`, `invalid_name`, `service_unchanged`;
    404 `unknown_service`, also for another company's."""
    id_ = command_id(caller, f"services:{service_id}:change", idempotency_key)
    command = ChangeService(service=str(service_id), company=tenant, **body.model_dump())
    return await _written(services, caller, command, tenant, str(service_id), id_)


@router.delete("/{service_id}", **written(ServiceWritten), **allowed(Permission.PIPELINE_MANAGE))
async def retire_service(
    service_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """For good: it is sold no more, deals that have it keep it. 404 `unknown_service`."""
    id_ = command_id(caller, f"services:{service_id}:retire", idempotency_key)
    command = RetireService(service=str(service_id), company=tenant)
    return await _written(services, caller, command, tenant, str(service_id), id_)


async def _written(
    services: Services, caller: Caller, command: Command, tenant: str, service: str, id_: str
) -> Response:
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(ServiceWritten, journey, id_, outcome, service=service)
