"""People over the API: invited, logged in, allowed what their role says and nothing more, and gone at once."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import pyotp
import pytest

from domain.kernel.ids import HOLDING_TENANT
from domain.people.policies import TERMS
from tests.api.people import PASSWORD, Person, accept, client, invite, join, log_in, super_admin
from tests.api.world import World, until

pytestmark = pytest.mark.stack
SECOND_PASSWORD = "outra frase bem comprida 9"  # pragma: allowlist secret
REVOKED_S = 5.0


async def test_from_the_first_invitation_to_a_member_who_works(world: World) -> None:
    boss = await super_admin(world)
    made = await boss.call("POST", "/v1/companies", {"slug": f"s{uuid4().hex[:12]}", "name": "Acme"})
    assert made.status_code == 200, made.text
    company = made.json()["company"]
    admin = await join(world, company, "company_admin", by=boss)
    sdr = await join(world, company, "sdr", by=admin)
    me = (await sdr.call("GET", "/v1/me")).json()
    assert (me["user"]["name"], me["user"]["email"], me["company"]) == ("Ana Prado", sdr.email, company)
    assert [(each["company_name"], each["role"]) for each in me["companies"]] == [("Acme", "sdr")]
    assert (await sdr.call("GET", "/v1/leads", x_tenant_id=company)).status_code == 200
    forbidden = await sdr.call("PUT", f"/v1/companies/{company}/name", {"name": "Mine"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    listed = (await admin.call("GET", f"/v1/companies/{company}/members")).json()
    assert [each["role"] for each in listed] == ["company_admin", "sdr"]
    assert [each["id"] for each in (await sdr.call("GET", "/v1/companies")).json()] == [company]
    assert len((await boss.call("GET", "/v1/companies")).json()) >= 1


async def test_nobody_reads_or_writes_what_is_another_companys(world: World) -> None:
    mine, other = await world.company(), await world.company()
    lead, conversation = await world.lead(other)
    admin = await join(world, mine, "company_admin")
    tries: list[tuple[str, str, Any, dict[str, str]]] = [
        ("GET", "/v1/leads", None, {"x_tenant_id": other}),
        ("GET", f"/v1/leads/{lead}", None, {"x_tenant_id": other}),
        ("GET", f"/v1/companies/{other}", None, {}),
        ("GET", f"/v1/companies/{other}", None, {"x_tenant_id": mine}),
        ("GET", f"/v1/companies/{other}/members", None, {}),
        ("PUT", f"/v1/companies/{other}/name", {"name": "Taken"}, {}),
        ("POST", f"/v1/companies/{other}/invitations", {"email": "x@example.org", "role": "sdr"}, {}),
        ("GET", "/v1/journeys/holding/state", None, {"x_tenant_id": mine}),
        ("GET", f"/v1/journeys/tenant/{other}/state", None, {"x_tenant_id": other}),
        ("GET", "/v1/users", None, {}),
        ("GET", f"/v1/companies/{HOLDING_TENANT}/members", None, {}),
        ("GET", "/v1/leads", None, {"x_tenant_id": str(uuid4())}),  # and nobody learns which companies there are
    ]
    for method, path, body, headers in tries:
        answer = await admin.call(method, path, body, **headers)
        assert answer.status_code == 403, (method, path, answer.text)
        assert answer.json()["code"] in {"tenant_mismatch", "forbidden"}
    hidden = [f"/v1/leads/{lead}", f"/v1/conversations/{conversation}", f"/v1/journeys/lead/{lead}/state"]
    for path in hidden:
        assert (await admin.call("GET", path, x_tenant_id=mine)).status_code == 404
        seen = await world.http.get(path, headers=world.tenant(other))
        assert seen.status_code == 200, "the control: it is there"


async def test_an_invitation_works_once_and_only_with_its_token(world: World) -> None:
    company, email = await world.company(), f"{uuid4().hex[:12]}@example.org"
    invitation = (await invite(world, company, "viewer", email)).json()["invitation"]
    token = await world.vault.links.token(invitation)
    async with client(world) as http:
        for wrong in ("", "x", token[:-1], await world.vault.links.token(str(uuid4()))):
            answer = await http.get(f"/v1/invitations/{invitation}", headers={"x-invitation-token": wrong})
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_invitation")
        shown = (await http.get(f"/v1/invitations/{invitation}", headers={"x-invitation-token": token})).json()
        assert (shown["company"], shown["email"], shown["role"], shown["known"]) == (company, email, "viewer", False)
        again = await http.post(f"/v1/invitations/{invitation}/again", headers={"x-invitation-token": token})
        assert again.json()["code"] == "invitation_holds"
    chosen = {"name": "Bia", "password": PASSWORD, "terms": TERMS}
    for lacking, code in (
        ({"name": "Bia"}, "unknown_terms"),
        ({"terms": TERMS, "password": PASSWORD}, "name_missing"),
        ({"terms": TERMS, "name": "Bia"}, "password_missing"),
        (chosen | {"password": "short"}, "password_too_short"),
        (chosen | {"password": email}, "password_weak"),
    ):
        refused = await accept(world, invitation, **lacking)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    first = await accept(world, invitation, **chosen)
    assert first.status_code == 200, first.text
    second = await accept(world, invitation, **chosen | {"password": SECOND_PASSWORD})
    assert second.json()["command_id"] == first.json()["command_id"], "the same answer, and nothing has changed"
    assert (await log_in(world, email, PASSWORD)).status_code == 200
    assert (await log_in(world, email, SECOND_PASSWORD)).status_code == 401
    other = await world.company()
    more = (await invite(world, other, "sdr", email.upper())).json()
    assert more["user"] == first.json()["user"]
    assert (await accept(world, more["invitation"])).status_code == 200
    entered = (await log_in(world, email, PASSWORD, company=other)).json()
    assert (entered["company"], entered["role"], len(entered["companies"])) == (other, "sdr", 2)


async def test_a_revoked_invitation_makes_nobody_a_member(world: World) -> None:
    company = await world.company()
    invitation = (await invite(world, company, "viewer", f"{uuid4().hex[:12]}@example.org")).json()["invitation"]
    gone = await world.http.delete(f"/v1/companies/{company}/invitations/{invitation}")
    assert gone.status_code == 200, gone.text
    token = {"x-invitation-token": await world.vault.links.token(invitation)}
    async with client(world) as http:
        shown = await http.get(
            f"/v1/invitations/{invitation}", headers=token | {"x-legion-position": gone.headers["x-legion-position"]}
        )
    assert (shown.status_code, shown.json()["state"]) == (200, "revoked")
    refused = await accept(world, invitation, name="Bia", password=PASSWORD, terms=TERMS)
    assert (refused.status_code, refused.json()["code"]) == (409, "invitation_over")
    [listed] = (await world.http.get(f"/v1/companies/{company}/invitations")).json()
    assert listed["state"] == "revoked"


async def test_whoever_is_not_let_in_hears_the_same(world: World) -> None:
    """S12. By status, body and headers; the time is in tests/vault/accounts."""
    person = await join(world, await world.company(), "viewer")
    disabled = await join(world, await world.company(), "viewer")
    await world.http.put(f"/v1/users/{disabled.user}/disabled", json={"reason": "left"})
    answers = [
        await log_in(world, person.email, "wrong password wrong"),
        await log_in(world, f"{uuid4().hex}@example.org", PASSWORD),
        await log_in(world, disabled.email, PASSWORD),
    ]
    told = {(each.status_code, each.text, tuple(sorted(each.headers.keys()))) for each in answers}
    assert len(told) == 1
    assert answers[0].json()["code"] == "login_failed"


async def test_guessing_is_throttled_for_accounts_that_are_there_and_not(world: World) -> None:
    person = await join(world, await world.company(), "viewer")
    for email in (person.email, f"{uuid4().hex}@example.org"):
        codes = [(await log_in(world, email, "wrong password wrong")).status_code for _ in range(6)]
        assert codes[:4] == [401] * 4
        assert codes[4:] == [429] * 2
        limited = await log_in(world, email, PASSWORD)
        assert (limited.json()["code"], int(limited.headers["retry-after"]) >= 1) == ("login_throttled", True)


async def test_the_refresh_cookie_works_once_and_only_from_our_pages(world: World) -> None:
    person = await join(world, await world.company(), "viewer")
    answer = await person.log_in()
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "secure", "samesite=strict", "path=/v1/auth"} <= attributes
    first = person.cookie
    for origin in ({"x-nothing": ""}, {"origin": "https://evil.example"}, {"origin": "null"}):
        for what in ("refresh", "logout"):
            foreign = await person.auth(what, **origin)
            assert (foreign.status_code, foreign.json()["code"]) == (403, "origin_not_allowed")
    assert (await person.auth("refresh")).status_code == 200
    assert (await person.call("GET", "/v1/me")).status_code == 200
    reused = await person.auth("refresh", cookie=first)
    assert (reused.status_code, reused.json()["code"]) == (401, "token_reused")
    assert (await person.auth("refresh")).json()["code"] == "session_over", "the family is dead"
    await gone(person)


async def gone(person: Person) -> float:
    """Seconds until their access token is worth nothing."""
    began = time.monotonic()

    async def refused() -> bool:
        return (await person.call("GET", "/v1/me")).status_code == 401

    await until("401", refused, REVOKED_S)
    return time.monotonic() - began


async def test_logged_out_here_and_everywhere(world: World) -> None:
    company = await world.company()
    person = await join(world, company, "viewer")
    here, there = Person(world, person.email, person.user), Person(world, person.email, person.user)
    for each in (here, there):
        await each.log_in()
    shown = (await here.call("GET", "/v1/me/sessions")).json()
    assert [each["this"] for each in shown].count(True) == 1
    assert len(shown) == 3
    assert (await here.auth("logout")).status_code == 204
    await gone(here)
    ended = await there.call("DELETE", f"/v1/me/sessions/{person.session}")
    assert ended.status_code == 204
    await gone(person)
    stranger = await join(world, company, "viewer")
    assert (await stranger.call("DELETE", f"/v1/me/sessions/{there.session}")).status_code == 404
    assert (await there.call("DELETE", "/v1/me/sessions")).status_code == 204
    await gone(there)


async def test_another_password_for_who_knows_the_old_one(world: World) -> None:
    person = await join(world, await world.company(), "viewer")
    other = Person(world, person.email, person.user)
    await other.log_in()
    wrong = await person.call("PUT", "/v1/me/password", {"old": "not the old one", "new": SECOND_PASSWORD})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "login_failed")
    weak = await person.call("PUT", "/v1/me/password", {"old": PASSWORD, "new": person.email})
    assert weak.json()["code"] == "password_weak"
    changed = await person.call("PUT", "/v1/me/password", {"old": PASSWORD, "new": SECOND_PASSWORD})
    assert changed.status_code == 200, changed.text
    person.entered(changed)
    assert (await person.call("GET", "/v1/me")).status_code == 200
    await gone(other)
    assert (await log_in(world, person.email, PASSWORD)).status_code == 401
    assert (await log_in(world, person.email, SECOND_PASSWORD)).status_code == 200


async def test_a_second_factor_is_asked_for_after_the_right_password(world: World) -> None:
    person = await join(world, await world.company(), "viewer")
    assert (await person.call("POST", "/v1/me/totp", {"password": "wrong password wrong"})).status_code == 401
    secret = (await person.call("POST", "/v1/me/totp", {"password": PASSWORD})).json()["secret"]
    totp = pyotp.TOTP(secret)
    codes = (await person.call("PUT", "/v1/me/totp", {"code": totp.now()})).json()["recovery_codes"]
    assert (await person.call("GET", "/v1/me")).json()["recovery_codes_left"] == len(codes)
    needed = await person.log_in()
    assert (needed.status_code, needed.json()["code"]) == (401, "second_factor_needed")
    assert (await person.log_in("wrong password wrong")).json()["code"] == "login_failed"
    assert (await person.log_in(code="000000")).json()["code"] == "login_failed"
    assert (await person.log_in(code=codes[0])).status_code == 200
    assert (await person.log_in(code=codes[0])).json()["code"] == "login_failed"


async def test_people_change_their_name_and_accept_terms_themselves(world: World) -> None:
    person = await join(world, await world.company(), "viewer")
    renamed = await person.call("PUT", "/v1/me/name", {"name": "Ana P. Prado"})
    assert renamed.status_code == 200, renamed.text
    position = renamed.headers["x-legion-position"]
    assert (await person.call("GET", "/v1/me", x_legion_position=position)).json()["user"]["name"] == "Ana P. Prado"
    assert (await person.call("PUT", "/v1/me/name", {"name": "Ana P. Prado"})).json()["code"] == "name_unchanged"
    assert (await person.call("PUT", "/v1/me/terms", {"terms": TERMS})).json()["code"] == "already_accepted"
    assert (await person.call("PUT", "/v1/me/terms", {"terms": "2019-01"})).json()["code"] == "unknown_terms"
    bootstrap = await world.http.get("/v1/me")
    assert (bootstrap.status_code, bootstrap.json()["code"]) == (403, "not_a_user")


@pytest.mark.parametrize("stopped", [False, True], ids=["", "the projector stands still"])
async def test_what_is_taken_away_is_gone_within_five_seconds(world: World, stopped: bool) -> None:
    company = await world.company()
    path = f"/v1/companies/{company}/members"
    boss, admin = await super_admin(world), await join(world, company, "company_admin")
    lower, out, off = [await join(world, company, "manager") for _ in range(3)]
    for each in (lower, out, off):
        assert (await each.call("GET", path)).status_code == 200
    if stopped:
        await world.projector.stop()
    try:
        began = time.monotonic()
        asked = [
            admin.call("PUT", f"{path}/{lower.user}/role", {"role": "sdr", "before": "manager"}),
            admin.call("DELETE", f"{path}/{out.user}?role=manager"),
            boss.call("PUT", f"/v1/users/{off.user}/disabled", {"reason": "left"}),
        ]
        asking = [asyncio.create_task(each) for each in asked]
        for person, status in ((lower, 403), (out, 403), (off, 401)):

            async def refused(person: Person = person, status: int = status) -> bool:
                return (await person.call("GET", path)).status_code == status

            await until(f"{status}", refused, REVOKED_S)
        assert time.monotonic() - began < REVOKED_S
        assert (await admin.call("GET", path)).status_code == 200  # the control
        kept = await lower.call("GET", "/v1/leads", x_tenant_id=company)
        assert kept.status_code == 200, "what both roles allow goes on"
    finally:
        if stopped:
            world.projector.start()
    answers = await asyncio.gather(*asking)
    assert {each.status_code for each in answers} <= ({200, 202} if stopped else {200})


async def test_who_may_not_take_a_right_away_does_not_deny_it_either(world: World) -> None:
    company = await world.company()
    admin, manager = await join(world, company, "company_admin"), await join(world, company, "manager")
    path = f"/v1/companies/{company}/members"
    assert (await manager.call("DELETE", f"{path}/{admin.user}?role=company_admin")).status_code == 403
    assert (await manager.call("PUT", f"/v1/users/{admin.user}/disabled", {"reason": "mine"})).status_code == 403
    assert await world.vault.denials.of(admin.user) == ()
    assert (await admin.call("GET", path)).status_code == 200


async def test_a_role_of_the_companys_own_allows_what_it_says(world: World) -> None:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    roles = f"/v1/companies/{company}/roles"
    made = await admin.call("POST", roles, {"name": "Reader", "permissions": ["lead:read"]})
    assert made.status_code == 200, made.text
    role = made.json()["role"]
    reader = await join(world, company, role, by=admin)
    assert (await reader.call("GET", "/v1/leads", x_tenant_id=company)).status_code == 200
    assert (await reader.call("GET", "/v1/conversations", x_tenant_id=company)).status_code == 403
    assert (await admin.call("DELETE", f"{roles}/{role}")).json()["code"] == "role_in_use"
    for permission, told in (("holding:manage", (409, "not_for_companies")), ("lead:fly", (422, "invalid_input"))):
        refused = await admin.call("POST", roles, {"name": "More", "permissions": [permission]})
        assert (refused.status_code, refused.json()["code"]) == told
    shown = (await admin.call("GET", roles)).json()
    assert [each["name"] for each in shown["own"]] == ["Reader"]
    assert "super_admin" not in [each["name"] for each in shown["built_in"]]
    other = await join(world, await world.company(), "company_admin")
    assert (await other.call("PUT", f"{roles}/{role}", {"name": "X", "permissions": []})).status_code == 403


async def test_the_people_of_a_suspended_company_read_and_do_not_write(world: World) -> None:
    company = await world.company()
    boss, admin = await super_admin(world), await join(world, company, "company_admin")
    suspended = await boss.call("PUT", f"/v1/companies/{company}/suspension", {"reason": "unpaid"})
    assert suspended.status_code == 200

    async def shut() -> bool:
        return (await admin.call("PUT", f"/v1/companies/{company}/name", {"name": uuid4().hex})).status_code == 403

    await until("403", shut, REVOKED_S)
    assert (await admin.call("GET", f"/v1/companies/{company}")).json()["suspended"]
    assert (await admin.call("GET", "/v1/leads", x_tenant_id=company)).status_code == 200
    assert (await boss.call("DELETE", f"/v1/companies/{company}/suspension")).status_code == 200


async def test_the_company_that_a_session_works_in(world: World) -> None:
    one, two = await world.company(), await world.company()
    person = await join(world, one, "sdr")
    more = (await invite(world, two, "viewer", person.email)).json()
    await accept(world, more["invitation"])
    switched = await person.call("PUT", "/v1/me/company", {"company": two})
    assert (switched.json()["company"], switched.json()["role"]) == (two, "viewer")
    foreign = await person.call("PUT", "/v1/me/company", {"company": await world.company()})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "tenant_mismatch")
    assert (await person.auth("refresh")).json()["company"] == two


async def test_an_outcome_is_told_to_who_asked(world: World) -> None:
    company = await world.company()
    admin, other = await join(world, company, "company_admin"), await join(world, company, "company_admin")
    written = (await admin.call("PUT", f"/v1/companies/{company}/name", {"name": "New"})).json()
    path = f"/v1/commands/{written['command_id']}?journey=holding"
    assert (await admin.call("GET", path)).json()["status"] == "accepted"
    assert (await other.call("GET", path)).status_code == 202


async def test_the_keys_are_published_and_nothing_secret_with_them(world: World) -> None:
    async with client(world) as http:
        keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    assert keys
    assert all(each["crv"] == "Ed25519" and "d" not in each for each in keys)
