"""Accounts of a company at providers that serve it as a whole. Their secrets go to the vault, never to the log."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, SecretStr

from api.accounts.audit import put_of
from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.services import Services, ServicesDep
from api.signing import Account, account_of
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput, NotFound
from domain.security.records import Act, Change
from gateways.autentique.account import HOOK, PROVIDER, SANDBOX, TOKEN
from vault.credentials import Credential

router = APIRouter(prefix="/v1/integrations", tags=["contracts"])

MOST_SECRETS = 3
"""Of webhooks, at a time: one, and while it is changed two; a third for who changes it in a hurry."""


Secret = Annotated[SecretStr, Field(min_length=8, max_length=500)]


class AutentiqueBody(Strict):
    """token: of the company's account. webhook_secrets: of its endpoint, the newest first. What is not given stays as
    it is. sandbox: contracts bind nobody and cost nothing."""

    token: Secret | None = None
    webhook_secrets: tuple[Secret, ...] | None = Field(default=None, min_length=1, max_length=MOST_SECRETS)
    sandbox: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Autentique:
    """webhook_url: where the account's endpoint shall send (format JSON). webhook_secrets: how many are live."""

    sandbox: bool
    webhook_url: str
    webhook_secrets: int


@router.put("/autentique", **allowed(Permission.INSTANCE_MANAGE))
async def set_autentique(
    body: AutentiqueBody, services: ServicesDep, caller: CallerDep, tenant: TenantDep
) -> Autentique:
    """Point the account's webhook at `webhook_url`. 422 `token_missing`, `webhook_secret_missing` the first time."""
    credentials = services.vault.credentials
    known = await account_of(credentials, tenant)
    token = body.token.get_secret_value() if body.token else known and known.token
    secrets = _secrets(body, known)
    if not token:
        raise InvalidInput("token_missing", "token: of the company's account at Autentique")
    if not secrets:
        raise InvalidInput("webhook_secret_missing", "webhook_secrets: of the account's endpoint")
    hook = known.hook if known else token_urlsafe(24)
    sandbox = "true" if body.sandbox else "false"
    changes = (
        Change(field="sandbox", before=str(known.sandbox).lower() if known else None, after=sandbox),
        *((Change(field="token", before=None, after="set"),) if body.token else ()),
        *((Change(field="webhook_secrets", before=None, after=str(len(secrets))),) if body.webhook_secrets else ()),
    )
    put = put_of(caller.actor, Act.ACCOUNT_SET, company=tenant, about=PROVIDER, changes=changes)
    await credentials.name_instance(PROVIDER, hook, tenant, tenant)
    kept = Credential({TOKEN: token, SANDBOX: sandbox, HOOK: hook}, secrets)
    await credentials.put(tenant, PROVIDER, tenant, kept, put)
    return _shown(services, Account(kept))


@router.get("/autentique", **allowed(Permission.INSTANCE_READ))
async def get_autentique(services: ServicesDep, tenant: TenantDep) -> Autentique:
    """404 `provider_not_configured`."""
    known = await account_of(services.vault.credentials, tenant)
    if known is None:
        raise NotFound("provider_not_configured")
    return _shown(services, known)


def _secrets(body: AutentiqueBody, known: Account | None) -> tuple[str, ...]:
    if body.webhook_secrets is not None:
        return tuple(each.get_secret_value() for each in body.webhook_secrets)
    return known.credential.webhook_secrets if known else ()


def _shown(services: Services, account: Account) -> Autentique:
    return Autentique(
        sandbox=account.sandbox,
        webhook_url=f"{services.public_url}/ingress/{PROVIDER}/{account.hook}",
        webhook_secrets=len(account.credential.webhook_secrets),
    )
