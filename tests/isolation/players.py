"""The cast, alive: users of the two companies and of the holding, logged in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from domain.kernel.ids import HOLDING_TENANT
from tests.api.people import COOKIE, PASSWORD, Person, join
from tests.isolation.cast import KEY_SCOPES, OWN_PERMISSIONS, Actor, Known
from tests.isolation.estate import Estate
from tests.vault.accounts.machines import new_key_of
from vault.accounts.key_text import KeyKind
from vault.accounts.outbox import Put

MALFORMED: Final = "eyJhbGciOiJub25lIn0.e30."  # pragma: allowlist secret
"""Of the algorithm `none`, and of nobody."""

RENEW_S: Final = 240.0
"""An access token lives for ten minutes; a call that waits for a busy machine has time left."""


@dataclass(slots=True)
class Player:
    """person: who they are; of a token that is nobody's, whose address and password they use.
    token: that they show each time; None: their person's of now. company: that they log in to; None: their only one."""

    actor: Actor
    person: Person
    token: str | None = None
    company: str | None = None
    password: str = PASSWORD
    since: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def headers(self) -> dict[str, str]:
        if self.token is not None:
            return {"authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.lock:
            if self.actor.known is Known.USER and time.monotonic() - self.since > RENEW_S:
                await self.log_in()
        return {"authorization": f"Bearer {self.person.token}"}

    async def log_in(self) -> None:
        answer = await self.person.log_in(self.password, company=self.company)
        assert answer.status_code == 200, f"{self.actor.name}: {answer.text}"
        self.since = time.monotonic()

    async def own(self, what: str, *, for_use: bool) -> str:
        """What stands for `Own(what)`. for_use: the call is to succeed with it."""
        match what:
            case "email":
                return self.person.email
            case "password":
                return self.password
            case "next_password":
                return f"{PASSWORD} {uuid4().hex[:6]}"
            case "cookie":
                return f"{COOKIE}={self.person.cookie}"
            case "other_session" if not for_use:  # a login for what is refused anyway takes a tenth of a second
                return str(uuid4())
            case "other_session":
                kept = self.person.token, self.person.cookie, self.person.session
                await self.log_in()
                other = self.person.session
                self.person.token, self.person.cookie, self.person.session = kept
                return other
        raise KeyError(what)


async def players(actors: Iterable[Actor], own: Estate, other: Estate) -> dict[str, Player]:
    """By name of the actor. own, other: the two companies."""
    world, made = own.world, {}
    for actor in actors:
        if actor.known is Known.USER:
            person = await _person(actor, own, other)
            if actor.belongs and not actor.sees_all_leads:
                await own.call("PUT", f"{own.teams}/{own.ids['team']}/members/{person.user}", None, "team")
            company = own.ids["company"] if actor.there else None
            made[actor.name] = Player(actor, person, company=company)
        elif actor.name == "disabled":
            person = await join(world, own.ids["company"], "company_admin")
            made[actor.name] = Player(actor, person)
            await own.call("PUT", f"/v1/users/{person.user}/disabled", {"reason": "for the test"}, "status")
    for actor in actors:
        if actor.name not in made:
            made[actor.name] = Player(actor, made["company_admin"].person, token=await _token(actor, own, other))
    return made


async def _token(actor: Actor, own: Estate, other: Estate) -> str:
    """Of who is no person; "" for none."""
    if actor.is_key:
        return await _key(actor, other if actor.stranger else own)
    return {"bootstrap": own.world.token, "malformed token": MALFORMED, "no token": ""}[actor.name]


async def _key(actor: Actor, estate: Estate) -> str:
    """Past the API: it gives a test key no scope that does not count."""
    kind = KeyKind.TEST if actor.known is Known.TEST_KEY else KeyKind.LIVE
    new = new_key_of(estate.ids["company"], name=estate.word(), kind=kind, scopes=frozenset(KEY_SCOPES))
    issued = await estate.world.vault.api_keys.make(new, call=str(uuid4()), put=Put(str(uuid4()), b"told to no log"))
    return issued.text


async def _person(actor: Actor, own: Estate, other: Estate) -> Person:
    world, company = own.world, own.ids["company"]
    if actor.holding:
        return await join(world, HOLDING_TENANT, actor.holding.value)
    if actor.stranger:
        return await join(world, other.ids["company"], "company_admin")
    if actor.own:
        body = {"name": "Own", "permissions": sorted(OWN_PERMISSIONS)}
        return await join(world, company, await own.post(f"/v1/companies/{company}/roles", body, "role"))
    if actor.role:
        person = await join(world, company, actor.role.value)
        if actor.there:
            await join(world, other.ids["company"], actor.there.value, email=person.email)
        return person
    person = await join(world, company, "viewer")
    await own.call("DELETE", f"/v1/companies/{company}/members/{person.user}?role=viewer", None, "status")
    return person
