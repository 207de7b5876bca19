"""What people do to accounts is told: each act once, with the change itself, to the auditors whom it concerns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from domain.kernel.actor import WATCH, Actor
from domain.kernel.ids import HOLDING_TENANT
from domain.security.commands import RecordAct
from domain.security.records import Act
from eventlog.codec import default_codec
from tests.api.people import PASSWORD, Person, accept, invite, join, super_admin
from tests.api.test_v1_recovery_stack import WRONG, forget, later, mailed, nearly_locked, post
from tests.api.world import World

pytestmark = pytest.mark.stack

NEW, NEWER = "outra frase bem comprida 9", "mais uma frase bem comprida 7"  # pragma: allowlist secret


async def acts(world: World, user: str) -> list[tuple[Actor, RecordAct]]:
    """That wait to be told, the oldest first: nobody sends them here."""
    waiting = await world.vault.outbox.waiting(older_than=timedelta(0), limit=1000)
    decoded = [default_codec().decode_command(put.value) for put in waiting]
    return [
        (meta.actor, command) for meta, command in decoded if isinstance(command, RecordAct) and command.user == user
    ]


class Watched:
    """What is new of one user since it was last asked for."""

    def __init__(self, world: World, user: str) -> None:
        self.world, self.user, self.seen = world, user, 0

    async def __call__(self) -> list[tuple[Actor, RecordAct]]:
        found = await acts(self.world, self.user)
        new, self.seen = found[self.seen :], len(found)
        return new

    async def one(self, act: Act, company: str, *, by: Any = None, about: str | None = None) -> Actor:
        [(actor, told)] = await self()
        assert (told.act, told.company, told.about) == (act, company, about)
        assert actor.grant == WATCH.grant
        assert actor.id == (by or self.user)
        return actor


async def test_what_is_done_to_a_session(world: World) -> None:
    company, other = await world.company(), await world.company()
    admin, boss = await join(world, company, "company_admin"), await super_admin(world)
    person = await join(world, company, "sdr")
    watched = Watched(world, person.user)
    actor = await watched.one(Act.LOGGED_IN, company, about=person.session)
    assert actor.session == person.session
    await accept(world, (await invite(world, other, "viewer", person.email)).json()["invitation"])
    await person.call("PUT", "/v1/me/company", {"company": other})
    await watched.one(Act.COMPANY_SWITCHED, other, about=person.session)
    await person.auth("logout")
    await watched.one(Act.LOGGED_OUT, other, about=person.session)
    await person.auth("logout")
    assert await watched() == [], "nothing was done"

    await person.log_in(company=company)
    cookie = person.cookie
    await person.auth("refresh")
    await person.auth("refresh", cookie=cookie)
    begun, reused = await watched()
    assert (begun[1].act, reused[1].act, reused[1].about) == (Act.LOGGED_IN, Act.TOKEN_REUSED, person.session)

    second = Person(world, person.email, person.user)
    for each, where in ((person, company), (second, other)):
        await each.log_in(company=where)
    await watched()
    path = f"/v1/companies/{company}/members/{person.user}/sessions"
    assert (await admin.call("DELETE", f"{path}/{person.session}")).status_code == 204
    await watched.one(Act.SESSION_ENDED, company, by=admin.user, about=person.session)
    assert (await admin.call("DELETE", f"{path}/{person.session}")).status_code == 404
    assert (await admin.call("DELETE", path)).status_code == 204
    assert await watched() == [], "nothing works in the company any more"
    await person.log_in(company=company)
    await watched()
    await boss.call("DELETE", f"/v1/companies/{HOLDING_TENANT}/members/{person.user}/sessions")
    told = await watched()
    assert {(actor.id, each.act, each.company) for actor, each in told} == {
        (boss.user, Act.SESSIONS_ENDED, where) for where in (company, other)
    }


async def test_what_is_done_to_an_account_is_told_where_its_user_is_a_member(world: World) -> None:
    company, other = await world.company(), await world.company()
    person = await join(world, company, "sdr")
    await accept(world, (await invite(world, other, "viewer", person.email)).json()["invitation"])
    watched = Watched(world, person.user)
    await watched()

    async def everywhere(act: Act, *more: Act, by: str = person.user) -> None:
        told = await watched()
        account = [(actor.id, each.act, each.company) for actor, each in told if each.act == act]
        assert sorted(account) == sorted((by, act, where) for where in (company, other))
        assert [each.act for _, each in told if each.act != act] == list(more)

    secret = (await person.call("POST", "/v1/me/totp", {"password": PASSWORD})).json()["secret"]
    assert (await person.call("PUT", "/v1/me/totp", {"code": "000000"})).status_code == 409
    assert await watched() == [], "nothing was done"
    await person.call("PUT", "/v1/me/totp", {"code": pyotp.TOTP(secret).now()})
    await everywhere(Act.SECOND_FACTOR_ON)
    for status in (204, 404):
        dropped = await person.call("DELETE", "/v1/me/totp", {"password": PASSWORD})
        assert dropped.status_code == status
    await everywhere(Act.SECOND_FACTOR_OFF)
    person.entered(await person.call("PUT", "/v1/me/password", {"old": PASSWORD, "new": NEW}))
    await everywhere(Act.PASSWORD_CHANGED, Act.LOGGED_IN)

    await forget(world, person.email)
    token = (await mailed(world, person.email)).token
    assert await watched() == []
    for status in (204, 404):
        assert (await post(world, "password/reset", token=token, password=NEWER)).status_code == status
    await everywhere(Act.PASSWORD_RESET)

    await nearly_locked(world, person.email)
    await person.log_in(WRONG)
    token = (await mailed(world, person.email, 2)).token
    await everywhere(Act.LOCKED, by=WATCH.id)
    for status in (204, 404):
        assert (await post(world, "unlock", token=token)).status_code == status
    await everywhere(Act.UNLOCKED)
    await later(world)
