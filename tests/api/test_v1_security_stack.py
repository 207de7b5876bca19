"""Auditors see who did what, what was tried in vain and who read whose data; nobody else does."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.kernel.ids import HOLDING_TENANT
from tests.api.people import join, log_in, super_admin
from tests.api.watched import Row, relay_of, shown
from tests.api.world import World, until

pytestmark = pytest.mark.stack


async def test_failed_logins_are_counted_for_the_auditors_of_whose_account_it_is(world: World) -> None:
    company = await world.company()
    admin, sdr = await join(world, company, "company_admin"), await join(world, company, "sdr")
    for _ in range(2):
        assert (await log_in(world, sdr.email, "not the password at all")).status_code in {401, 429}
    rows = await shown(world, admin, company, 1, kind="login_failed", about=sdr.user)
    assert rows[0]["network"] == "127.0.0.0/24"
    assert rows[0]["actor"] == "watch"
    refused = await sdr.call("GET", "/v1/security-events", x_tenant_id=company)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert await shown(world, admin, company, 1, kind="forbidden", about=sdr.user)


async def test_an_address_that_nobody_has_is_counted_without_saying_which(world: World) -> None:
    boss, email = await super_admin(world), f"{uuid4().hex}@example.org"
    assert (await log_in(world, email, "whatever it may be 1")).status_code == 401
    rows = await shown(world, boss, None, 1, kind="login_failed")
    assert len(rows[0]["about"]) == 64, "a keyed hash"
    assert email not in str(rows)


async def test_who_tries_another_company_is_told_of_to_that_companys_auditors(world: World) -> None:
    mine, other = await world.company(), await world.company()
    intruder, admin = await join(world, mine, "company_admin"), await join(world, other, "company_admin")
    for _ in range(3):
        answer = await intruder.call("GET", "/v1/leads", x_tenant_id=other)
        assert (answer.status_code, answer.json()["code"]) == (403, "tenant_mismatch")
    rows = await shown(world, admin, other, 3, kind="tenant_mismatch")
    assert {row["about"] for row in rows} == {intruder.user}
    assert sum(row["count"] for row in rows) == 3
    nowhere = str(uuid4())
    await intruder.call("GET", "/v1/leads", x_tenant_id=nowhere)
    boss = await super_admin(world)
    assert await shown(world, boss, None, 1, kind="tenant_mismatch", about=intruder.user)


async def test_who_reads_whose_data_is_told(world: World) -> None:
    company = await world.company()
    lead, conversation = await world.lead(company)
    admin, viewer = await join(world, company, "company_admin"), await join(world, company, "viewer")
    for path in (f"/v1/leads/{lead}", "/v1/leads", f"/v1/conversations/{conversation}/timeline"):
        assert (await viewer.call("GET", path, x_tenant_id=company)).status_code == 200
    rows = await shown(world, admin, company, 3, kind="personal_data_read", actor=viewer.user)
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row["resource"], row["about"]] += row["count"]
    assert counts == {("lead", lead): 2, ("conversation", lead): 1}
    assert {row["actor_kind"] for row in rows} == {"user"}


async def test_what_changed_is_told_with_what_it_was(world: World) -> None:
    company = await world.company()
    boss = await super_admin(world)
    sdr = await join(world, company, "sdr", by=boss)
    path = f"/v1/companies/{company}/members/{sdr.user}/role"
    assert (await boss.call("PUT", path, {"role": "manager", "before": "sdr"})).status_code == 200
    (row,) = await shown(world, boss, company, 1, kind="member_role_changed")
    assert (row["actor"], row["user_id"]) == (boss.user, sdr.user)
    assert row["changes"] == [{"field": "role", "before": "sdr", "after": "manager"}]
    everything = await shown(world, boss, company, 3, user=sdr.user)
    people = [each["kind"] for each in everything if each["kind"].startswith("member_")]
    assert people == ["member_role_changed", "member_added", "member_invited"]


async def test_pages_follow_each_other(world: World) -> None:
    company = await world.company()
    boss = await super_admin(world)
    for _ in range(3):
        await join(world, company, "viewer", by=boss)
    whole = await shown(world, boss, company, 9)  # invited, added and logged in
    seen: list[Row] = []
    after = ""
    while True:
        page = (await boss.call("GET", f"/v1/security-events?limit=2{after}", x_tenant_id=company)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert [each["id"] for each in seen] == [each["id"] for each in whole]


async def test_a_denial_ends_once_its_command_is_decided(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lowered and raised again: what the lower role did not allow works again. The control: without the relay the
    denial stays."""
    monkeypatch.setattr("vault.accounts.denials.LINGERS", timedelta(0))
    company = await world.company()
    boss = await super_admin(world)
    person = await join(world, company, "manager", by=boss)
    path = f"/v1/companies/{company}/members/{person.user}/role"
    for role, before in (("viewer", "manager"), ("manager", "viewer")):
        assert (await boss.call("PUT", path, {"role": role, "before": before})).status_code == 200
    assert await world.vault.denials.of(person.user)

    async def works() -> bool:
        return (await person.call("GET", f"/v1/companies/{company}/members")).status_code == 200

    assert not await works()
    async with relay_of(world) as relay:

        async def ended() -> bool:
            await relay.look()
            return not await world.vault.denials.of(person.user)

        await until("the denial ends", ended)
    await until("the role counts", works)


async def test_what_a_dying_process_left_is_sent(world: World) -> None:
    """The vault has used the invitation up, and nobody sent the command: the relay does, and they are a member."""
    from api.accounts.audit import as_user, put_of
    from domain.security.records import Act
    from vault.accounts.outbox import put_out

    boss = await super_admin(world)
    company = await world.company()
    put = put_of(as_user("u1", "s1"), Act.LOGGED_IN, company=company, user="u1", about="s1")
    async with world.vault.outbox._pool.transaction() as connection:
        await put_out(connection, *put)
        await put_out(connection, "unreadable", b"nobody reads this")
    (row,) = await shown(world, boss, company, 1, kind="logged_in")
    assert (row["actor"], row["user_id"], row["about"]) == ("u1", "u1", "s1")
    assert company != HOLDING_TENANT
    again = await shown(world, boss, company, 1, kind="logged_in")
    assert len(again) == 1, "sent once, or answered once"
