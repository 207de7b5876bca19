"""Channel instances of a company, and their credentials (which go to the vault, never to the log)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import Field, SecretStr

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.instance.commands import CreateInstance
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound, Refused
from domain.kernel.ids import derived, tenant_journey
from projections.read import instances as reads
from projections.read.instances import Instance
from vault.credentials import Credential

router = APIRouter(prefix="/v1/instances", tags=["instances"], dependencies=[Fresh])


class NewInstance(Strict):
    """external_name: the instance's name at the provider. webhook_secret: what its webhooks will carry.

    api_key: the instance's own token at the provider; without one the global key is used.
    """

    provider: Literal["evolution"] = "evolution"
    external_name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._-]+$")
    centurion: UUID | None = None
    webhook_secret: SecretStr = Field(min_length=16, max_length=200)
    api_key: SecretStr | None = Field(default=None, max_length=200)


class InstanceWritten(Written):
    """instance: its id. webhook_url: where the provider shall send."""

    instance: str
    webhook_url: str


@router.post("", **written(InstanceWritten), **allowed(Permission.INSTANCE_MANAGE))
async def create_instance(
    new: NewInstance,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Registers the instance and stores its credentials. Point the provider's webhook at `webhook_url`."""
    id_ = command_id(caller, f"instances:{tenant}", idempotency_key)
    instance = derived("instance", id_) if idempotency_key else str(uuid4())
    command = CreateInstance(
        instance=instance,
        channel="whatsapp",
        provider=new.provider,
        external_name=new.external_name,
        centurion=str(new.centurion) if new.centurion else None,
    )
    journey = tenant_journey(tenant)
    credentials = services.vault.credentials
    # The name first: it is unique in the holding, and a second owner must be refused before the log says otherwise.
    await credentials.name_instance(new.provider, new.external_name, tenant, instance)
    values = {"api_key": new.api_key.get_secret_value()} if new.api_key else {}
    secrets = (new.webhook_secret.get_secret_value(),)
    await credentials.put(tenant, new.provider, instance, Credential(values, secrets))
    try:
        outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    except (Refused, NotFound):
        await credentials.delete(tenant, new.provider, instance)  # there is no such instance: the name is free again
        raise
    url = f"{services.public_url}/ingress/{new.provider}/{new.external_name}"
    return answer(InstanceWritten, journey, id_, outcome, instance=instance, webhook_url=url)


@router.get("", **allowed(Permission.INSTANCE_READ))
async def list_instances(services: ServicesDep, caller: CallerDep, tenant: TenantDep) -> tuple[Instance, ...]:
    """All, with their connection's state."""
    async with services.reads.company(tenant, caller.sight) as conn:
        return await reads.instances(conn, tenant)


@router.get("/{instance_id}", **TAGGED, **allowed(Permission.INSTANCE_READ))
async def get_instance(
    instance_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep
) -> Instance:
    """With its connection's state. 404 `instance_not_found`, also for another company's."""
    version = await tags.version(f"instance-{instance_id}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.instance(conn, tenant, str(instance_id))
    if found is None:
        raise NotFound("instance_not_found")
    tags.show(version)
    return found
