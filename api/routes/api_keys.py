"""Keys of a company's machines. A secret is shown once, in the answer that makes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Final, Self
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from api.accounts.key_changes import changed, check_end, check_scopes, made, revoked, rotated
from api.auth import CallerDep, allowed
from api.bodies import Strict
from api.routes.invitations import CompanyId
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, command_id
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING_TENANT, derived
from vault.accounts.api_key import ApiKey, Issued, NewKey, Secret, Why
from vault.accounts.api_keys import LONGEST_OVERLAP, OVERLAP
from vault.accounts.key_text import KeyKind

router = APIRouter(prefix="/v1/companies/{company_id}/api-keys", tags=["api keys"])

KeyId = Annotated[UUID, Path(description="of the key")]
MANAGE: Final = allowed(Permission.API_KEY_MANAGE)


def _network(text: str) -> str:
    """In canonical form. Raises ValueError: no CIDR, or an address within a network instead of its first."""
    return str(ip_network(text))


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Scopes = Annotated[tuple[Permission, ...], Field(min_length=1, max_length=100)]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...],
    Field(max_length=50, description="CIDR, from where the key may come; none: from anywhere"),
]
Expires = Annotated[AwareDatetime | None, Field(description="null: never")]


class Changed(Strict):
    """What a key is, as it shall be. scopes: permissions, within the caller's own."""

    name: Name
    scopes: Scopes
    networks: Networks = ()
    expires_at: Expires = None


class NewApiKey(Changed):
    """kind: `test`: reads, and nothing else; never changes anything, never reaches a provider."""

    kind: KeyKind = KeyKind.LIVE


class RotationBody(Strict):
    """overlap_s: how long the secrets of before work on. expires_at: of the key from now on; left out: as it was."""

    overlap_s: int = Field(
        default=int(OVERLAP.total_seconds()), ge=0, le=int(LONGEST_OVERLAP.total_seconds()), strict=True
    )
    expires_at: Expires = None


class SecretShown(BaseModel):
    """prefix: its beginning, to know it by. works_until: null: as long as the key. last_used_at: to the minute."""

    prefix: str
    made_at: datetime
    works_until: datetime | None
    last_used_at: datetime | None


class ApiKeyShown(BaseModel):
    """made_by: kind:id of who made it. secrets: the newest first."""

    id: str
    name: str
    kind: KeyKind
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    expires_at: datetime | None
    made_at: datetime
    made_by: str
    revoked_at: datetime | None
    revoked_why: str | None
    secrets: tuple[SecretShown, ...]

    @classmethod
    def of(cls, key: ApiKey, secrets: tuple[Secret, ...]) -> Self:
        return cls(
            id=key.id,
            name=key.name,
            kind=key.kind,
            scopes=tuple(sorted(key.scopes)),
            networks=key.networks,
            expires_at=key.expires_at,
            made_at=key.made_at,
            made_by=key.made_by,
            revoked_at=key.revoked_at,
            revoked_why=key.revoked_why,
            secrets=tuple(
                SecretShown(
                    prefix=each.shown, made_at=each.made_at, works_until=each.works_until, last_used_at=each.used_at
                )
                for each in secrets
            ),
        )


class ApiKeyIssued(BaseModel):
    """secret: what the machine sends as `Authorization: Bearer`. Nobody sees it again."""

    key: ApiKeyShown
    secret: str


@router.get("", **MANAGE)
async def list_api_keys(company_id: CompanyId, services: ServicesDep) -> tuple[ApiKeyShown, ...]:
    """The newest first; revoked ones for 90 days."""
    keys = await services.vault.api_keys.of_company(str(company_id))
    secrets = await services.vault.api_keys.secrets([key.id for key in keys])
    return tuple(ApiKeyShown.of(key, secrets[key.id]) for key in keys)


@router.get("/{key_id}", **MANAGE)
async def get_api_key(company_id: CompanyId, key_id: KeyId, services: ServicesDep) -> ApiKeyShown:
    """404 `unknown_key`, also for another company's."""
    return await _shown(services, await services.vault.api_keys.get(str(company_id), str(key_id)))


@router.post("", status_code=201, **MANAGE)
async def create_api_key(
    company_id: CompanyId,
    new: NewApiKey,
    services: ServicesDep,
    caller: CallerDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> ApiKeyIssued:
    """409 `key_already_made`, with its id, for the same Idempotency-Key again: the secret is in the first answer alone,
    and a rotation gives another. 409 `beyond_own_rights`, `too_many_keys`; 422 `scope_not_for_machines`,
    `scope_not_for_test_keys`, `expires_in_the_past`; 404 `tenant_not_found` in the holding."""
    company = str(company_id)
    if company == HOLDING_TENANT:
        raise NotFound("tenant_not_found", "the holding has no machines: a key is one company's")
    check_scopes(new.kind, new.scopes, caller.actor.grant)
    check_end(new.expires_at)
    call = command_id(caller, f"api-keys:{company}", idempotency_key)
    key = NewKey(
        id=derived("api_key", call) if idempotency_key else str(uuid4()),
        company=company,
        name=new.name,
        kind=new.kind,
        scopes=frozenset(new.scopes),
        networks=new.networks,
        made_by=f"{caller.actor.kind}:{caller.actor.id}",
        expires_at=new.expires_at,
    )
    return await _issued(
        services, response, await services.vault.api_keys.make(key, call=call, put=made(caller.actor, key))
    )


@router.put("/{key_id}", **MANAGE)
async def change_api_key(
    company_id: CompanyId, key_id: KeyId, body: Changed, services: ServicesDep, caller: CallerDep
) -> ApiKeyShown:
    """All of it at once; counts within two seconds. 409 `key_revoked`, `key_moved_on`, and as for a new one."""
    before = await services.vault.api_keys.get(str(company_id), str(key_id))
    check_scopes(before.kind, body.scopes, caller.actor.grant, has=before.scopes)
    if body.expires_at != before.expires_at:
        check_end(body.expires_at)
    after = replace(
        before, name=body.name, scopes=frozenset(body.scopes), networks=body.networks, expires_at=body.expires_at
    )
    if after != before or before.revoked_at is not None:
        await services.vault.api_keys.change(before, after, put=changed(caller.actor, before, after))
    return await _shown(services, after)


@router.post("/{key_id}/rotation", status_code=201, **MANAGE)
async def rotate_api_key(
    company_id: CompanyId,
    key_id: KeyId,
    body: RotationBody,
    services: ServicesDep,
    caller: CallerDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> ApiKeyIssued:
    """Another secret for the same key. Who gets it gets what the key may do: 409 `beyond_own_rights` for who may not.
    409 `key_already_rotated` for the same Idempotency-Key again; `key_revoked`, `key_expired`, `key_moved_on`."""
    before = await services.vault.api_keys.get(str(company_id), str(key_id))
    check_scopes(before.kind, before.scopes, caller.actor.grant)
    expires_at = body.expires_at if "expires_at" in body.model_fields_set else before.expires_at
    if expires_at != before.expires_at:
        check_end(expires_at)
    after = replace(before, expires_at=expires_at)
    call = command_id(caller, f"api-keys:{before.id}:rotation", idempotency_key)
    put = rotated(caller.actor, before, after, body.overlap_s)
    issued = await services.vault.api_keys.rotate(
        before, overlap=timedelta(seconds=body.overlap_s), expires_at=expires_at, call=call, put=put
    )
    return await _issued(services, response, issued)


@router.delete("/{key_id}", status_code=204, **MANAGE)
async def revoke_api_key(company_id: CompanyId, key_id: KeyId, services: ServicesDep, caller: CallerDep) -> None:
    """For good, everywhere within two seconds. Again: nothing more. 404 `unknown_key`."""
    key = await services.vault.api_keys.get(str(company_id), str(key_id))
    await services.vault.api_keys.revoke(key.id, Why.BY_ADMIN, put=revoked(caller.actor, key, Why.BY_ADMIN))


async def _shown(services: Services, key: ApiKey) -> ApiKeyShown:
    return ApiKeyShown.of(key, (await services.vault.api_keys.secrets([key.id]))[key.id])


async def _issued(services: Services, response: Response, issued: Issued) -> ApiKeyIssued:
    response.headers["cache-control"] = "no-store"
    return ApiKeyIssued(key=await _shown(services, issued.key), secret=issued.text)
