"""Two companies side by side: each has a person of its own, and neither reads the other."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from cli.demo.client import Legion, until
from domain.people.policies import TERMS

MAIL_S: Final = 30.0
"""From the invitation to its mail: an effect of the streams process."""

NEIGHBOUR: Final = {
    "slug": "imobiliaria-horizonte",
    "name": "Imobiliária Horizonte",
    "timezone": "America/Recife",
    "locale": "pt-BR",
}
LINK: Final = re.compile(r"/invitations/([0-9a-f-]+)#(\S+)")


@dataclass(frozen=True, slots=True)
class Person:
    """Logged in; legion: as they call it, in their own company."""

    name: str
    company: str
    legion: Legion

    async def tries(self, path: str, *, tenant: str) -> httpx.Response:
        """What they get in that company."""
        return await self.legion.http.get(path, headers={"X-Tenant-ID": tenant})


async def keep_apart(legion: Legion, tell: Callable[[str], None]) -> bool:
    """legion: of the demo's company, as the bootstrap actor. True: each person reads their own company's leads, and of
    the other's nothing, whichever way they ask."""
    other = replace(legion, tenant=(await legion.post("/v1/companies", NEIGHBOUR, key="demo-neighbour"))["company"])
    people = [
        await _join(legion, "Ana", "aurora.example", tell),
        await _join(other, "Hugo", "horizonte.example", tell),
    ]
    try:
        lead = (await legion.get("/v1/leads"))["items"][0]["id"]
        ana, hugo = people
        own = await ana.tries(f"/v1/leads/{lead}", tenant=ana.company)
        foreign = [
            await hugo.tries("/v1/leads", tenant=ana.company),
            await hugo.tries(f"/v1/leads/{lead}", tenant=hugo.company),
            await ana.tries("/v1/leads", tenant=hugo.company),
        ]
        empty = await hugo.tries("/v1/leads", tenant=hugo.company)
    finally:
        for person in people:
            await person.legion.http.aclose()
    tell(f"  Ana reads a lead of her company: {own.status_code}")
    tell("  Hugo asks for the leads of Ana's company, and for hers by its id in his own; Ana for those of his:")
    answers = [(each.status_code, each.json()["code"]) for each in foreign]
    tell(f"    {', '.join(f'{status} {code}' for status, code in answers)}")
    return (
        own.status_code == empty.status_code == 200
        and not empty.json()["items"]
        and answers == [(403, "tenant_mismatch"), (404, "lead_not_found"), (403, "tenant_mismatch")]
    )


async def _join(legion: Legion, name: str, domain: str, tell: Callable[[str], None]) -> Person:
    """Invited, by the link in the mail accepted, and logged in: somebody new at each start."""
    email, password = f"{name.lower()}.{secrets.token_hex(4)}@{domain}", secrets.token_urlsafe(18)
    await legion.post(f"/v1/companies/{legion.tenant}/invitations", {"email": email, "role": "company_admin"})

    async def mailed() -> str | None:
        mails = await legion.get("/v1/demo/mails", to=email)
        return str(mails[0]["text"]) if mails else None

    found = LINK.search(await until(f"{name}'s invitation", mailed, MAIL_S))
    assert found is not None, "an invitation has a link"
    invitation, token = found.groups()
    http = httpx.AsyncClient(base_url=legion.http.base_url, trust_env=False, timeout=legion.http.timeout)
    accepted = await http.post(
        f"/v1/invitations/{invitation}/acceptance",
        json={"name": name, "password": password, "terms": TERMS},
        headers={"X-Invitation-Token": token},
    )
    accepted.raise_for_status()

    async def entered() -> Any:
        answer = await http.post("/v1/auth/login", json={"email": email, "password": password})
        return answer.json() if answer.status_code == 200 else None

    session = await until(f"{name} to be in", entered, MAIL_S)
    http.headers["Authorization"] = f"Bearer {session['access_token']}"
    company = next(each["company_name"] for each in session["companies"])
    tell(f"  {name} follows the link of a mail and is {session['role']} of {company}")
    return Person(name, legion.tenant, Legion(http, legion.tenant))
