"""People who call the API: invited, with a password, logged in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from domain.kernel.ids import HOLDING_TENANT
from domain.people.policies import TERMS
from tests.api.world import World

PASSWORD = "correto cavalo bateria grampo"  # pragma: allowlist secret
ORIGIN = {"origin": "https://console.example"}
COOKIE = "__Secure-legion"


@dataclass(slots=True)
class Person:
    """token: of access. cookie: the refresh token."""

    world: World
    email: str
    user: str
    token: str = field(default="", repr=False)
    cookie: str = field(default="", repr=False)
    session: str = ""

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """As they call the API."""
        given = {"authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        async with client(self.world) as http:
            return await http.request(method, path, json=body, headers=given)

    async def log_in(self, password: str = PASSWORD, **more: Any) -> httpx.Response:
        answer = await log_in(self.world, self.email, password, **more)
        if answer.status_code == 200:
            self.entered(answer)
        return answer

    async def auth(self, what: str, *, cookie: str | None = None, **headers: str) -> httpx.Response:
        """`refresh` or `logout`, as the console does it."""
        sent = {"cookie": f"{COOKIE}={self.cookie if cookie is None else cookie}"} | (headers or ORIGIN)
        async with client(self.world) as http:
            answer = await http.post(f"/v1/auth/{what}", headers=sent)
        if answer.status_code == 200:
            self.entered(answer)
        return answer

    def entered(self, answer: httpx.Response) -> None:
        self.token, self.session = answer.json()["access_token"], answer.json()["session"]
        self.cookie = cookie_of(answer)


def client(world: World) -> httpx.AsyncClient:
    """Of nobody yet."""
    return httpx.AsyncClient(base_url=world.http.base_url, trust_env=False, timeout=30)


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"].partition(";")[0].partition("=")[2]


async def log_in(world: World, email: str, password: str, **more: Any) -> httpx.Response:
    async with client(world) as http:
        return await http.post("/v1/auth/login", json={"email": email, "password": password, **more})


async def invite(world: World, company: str, role: str, email: str, by: Person | None = None) -> httpx.Response:
    path, body = f"/v1/companies/{company}/invitations", {"email": email, "role": role}
    return await (by.call("POST", path, body) if by else world.http.post(path, json=body))


async def accept(world: World, invitation: str, **body: Any) -> httpx.Response:
    """By who reads the mail."""
    token = await world.vault.links.token(invitation)
    async with client(world) as http:
        return await http.post(
            f"/v1/invitations/{invitation}/acceptance", json=body, headers={"x-invitation-token": token}
        )


async def join(world: World, company: str, role: str, *, email: str | None = None, by: Person | None = None) -> Person:
    """Invited, accepted and logged in."""
    email = email or f"{uuid4().hex[:12]}@example.org"
    invited = await invite(world, company, role, email, by)
    assert invited.status_code == 200, invited.text
    accepted = await accept(world, invited.json()["invitation"], name="Ana Prado", password=PASSWORD, terms=TERMS)
    assert accepted.status_code == 200, accepted.text
    person = Person(world, email, invited.json()["user"])
    assert (await person.log_in()).status_code == 200
    return person


async def super_admin(world: World) -> Person:
    return await join(world, HOLDING_TENANT, "super_admin")
