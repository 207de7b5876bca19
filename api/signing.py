"""A company's account at Autentique, and who is to sign: what the edge checks before a contract is drafted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from babel.core import Locale
from pydantic import Field

from api.bodies import Strict
from domain.contract.parts import Reach, Signer, SignerRole
from domain.kernel.errors import Refused
from domain.kernel.sealed import SignerContact, label_of
from gateways.autentique.account import HOOK, PROVIDER, SANDBOX, TOKEN
from gateways.typst.problems import Problem
from gateways.typst.template import Kind
from gateways.typst.values import fault_of
from vault.codec import SubjectSealer
from vault.credentials import Credential, Credentials


@dataclass(frozen=True, slots=True)
class Account:
    """credential: as it is kept. hook: the name that webhooks come under."""

    credential: Credential

    @property
    def token(self) -> str | None:
        return self.credential.values.get(TOKEN)

    @property
    def hook(self) -> str:
        return self.credential.values[HOOK]

    @property
    def sandbox(self) -> bool:
        return self.credential.values.get(SANDBOX) == "true"


async def account_of(credentials: Credentials, company: str) -> Account | None:
    found = await credentials.get(company, PROVIDER, company)
    return Account(found) if found else None


async def account_needed(credentials: Credentials, company: str) -> Account:
    """Raises Refused `provider_not_configured`."""
    account = await account_of(credentials, company)
    if account is None:
        raise Refused("provider_not_configured", "give the company its account: PUT /v1/integrations/autentique")
    return account


class SignerBody(Strict):
    """signer: their name in the template, where they have a line to sign on. email: needed where the provider mails the
    link. phone: as +5527996001122. cpf: with or without points."""

    signer: str = Field(pattern="^[a-z][a-z0-9_]{0,59}$")
    name: str = Field(min_length=1, max_length=120)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=20)
    cpf: str | None = Field(default=None, max_length=20)
    role: SignerRole = SignerRole.SIGN
    reach: Reach = Reach.EMAIL

    def problems(self, at: str, locale: Locale) -> list[Problem]:
        """All that is wrong with it."""
        kinds: dict[str, Kind] = {"name": "text", "email": "email", "phone": "phone", "cpf": "cpf"}
        found = [
            Problem(fault, f"{at}.{name}")
            for name, kind in kinds.items()
            if (value := getattr(self, name)) is not None and (fault := fault_of(kind, value, locale))
        ]
        if not self.name.strip():
            found.append(Problem("missing", f"{at}.name"))
        if self.reach is Reach.EMAIL and not self.email:
            found.append(Problem("missing", f"{at}.email"))
        return found

    def sealed(self, sealer: SubjectSealer) -> Signer:
        told: dict[str, Any] = {name: getattr(self, name) for name in ("name", "email", "phone", "cpf")}
        contact = {name: " ".join(value.split()) for name, value in told.items() if value}
        return Signer(
            signer=self.signer,
            role=self.role,
            reach=self.reach,
            contact=sealer.json(label_of(SignerContact), contact),
        )
