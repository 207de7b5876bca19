"""People on a running stack: invited, with a password, logged in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from domain.people.policies import TERMS
from proof.ground.running import Running
from vault.accounts.links import Links

PASSWORD: Final = "correto cavalo bateria grampo"  # pragma: allowlist secret


@dataclass(slots=True)
class Person:
    """token: of access."""

    email: str
    user: str
    token: str = field(default="", repr=False)
    session: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


async def called(http: httpx.AsyncClient, method: str, path: str, **rest: Any) -> httpx.Response:
    """Waits where the API says so (429): a proof has one address."""
    while True:
        answer = await http.request(method, path, **rest)
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            return answer
        await asyncio.sleep(float(answer.headers["retry-after"]))


async def made_company(running: Running) -> str:
    answer = await called(running.http, "POST", "/v1/companies", json={"slug": f"s{uuid4().hex[:12]}", "name": "Acme"})
    return str(answer.raise_for_status().json()["company"])


async def join(running: Running, links: Links, company: str, role: str) -> Person:
    """A new person, invited and accepted. links: of the vault; they read the mail's link there."""
    email = f"{uuid4().hex[:12]}@example.org"
    path, body = f"/v1/companies/{company}/invitations", {"email": email, "role": role}
    invited = (await called(running.http, "POST", path, json=body)).raise_for_status().json()
    invitation = invited["invitation"]
    accepted = await called(
        running.http,
        "POST",
        f"/v1/invitations/{invitation}/acceptance",
        json={"name": "Ana Prado", "password": PASSWORD, "terms": TERMS},
        headers={"x-invitation-token": await links.token(invitation)},
    )
    accepted.raise_for_status()
    person = Person(email, invited["user"])
    await log_in(running.http, person)
    return person


async def log_in(http: httpx.AsyncClient, person: Person) -> None:
    """Another session."""
    body = {"email": person.email, "password": PASSWORD}
    answer = (await called(http, "POST", "/v1/auth/login", json=body)).raise_for_status().json()
    person.token, person.session = answer["access_token"], answer["session"]
