"""Sessions of members, seen and ended by who may do that in the company that they work in."""

from __future__ import annotations

from uuid import uuid4

import pytest

from domain.kernel.ids import HOLDING_TENANT
from tests.api.people import Person, accept, invite, join, super_admin
from tests.api.world import World, until

pytestmark = pytest.mark.stack

REVOKED_S = 5.0


def path(company: str, person: Person, session: str = "") -> str:
    return f"/v1/companies/{company}/members/{person.user}/sessions" + (f"/{session}" if session else "")


async def gone(person: Person) -> None:
    async def refused() -> bool:
        return (await person.call("GET", "/v1/me")).status_code == 401

    await until("401", refused, REVOKED_S)


async def ids(by: Person, company: str, of: Person) -> set[str]:
    answer = await by.call("GET", path(company, of))
    assert answer.status_code == 200, answer.text
    return {each["id"] for each in answer.json()}


async def test_an_admin_sees_and_ends_what_works_in_the_company(world: World) -> None:
    mine, other = await world.company(), await world.company()
    admin, boss = await join(world, mine, "company_admin"), await super_admin(world)
    here = await join(world, mine, "sdr")
    there, second = Person(world, here.email, here.user), Person(world, here.email, here.user)
    await accept(world, (await invite(world, other, "viewer", here.email)).json()["invitation"])
    assert (await there.log_in(company=other)).status_code == 200
    await second.log_in(company=mine)
    assert await ids(admin, mine, here) == {here.session, second.session}
    assert await ids(boss, HOLDING_TENANT, here) == {here.session, second.session, there.session}
    foreign = await admin.call("DELETE", path(mine, here, there.session))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "session_not_found")
    assert (await admin.call("DELETE", path(mine, here, here.session))).status_code == 204
    await gone(here)
    assert await ids(admin, mine, here) == {second.session}
    assert (await admin.call("DELETE", path(mine, here))).status_code == 204
    await gone(second)
    assert (await there.call("GET", "/v1/me")).status_code == 200, "it works in another company"
    assert (await boss.call("DELETE", path(HOLDING_TENANT, there))).status_code == 204
    await gone(there)


async def test_nobody_ends_the_sessions_of_who_may_do_more(world: World) -> None:
    company = await world.company()
    boss = await super_admin(world)
    admin, equal = [await join(world, company, "company_admin") for _ in range(2)]
    made = await admin.call(
        "POST", f"/v1/companies/{company}/roles", {"name": "Guard", "permissions": ["session:manage"]}
    )
    guard = await join(world, company, made.json()["role"])
    await accept(world, (await invite(world, company, "sdr", boss.email)).json()["invitation"])
    for by, of in ((guard, admin), (admin, boss)):
        assert (await by.call("GET", path(company, of))).status_code == 200
        for target in (path(company, of), path(company, of, of.session)):
            refused = await by.call("DELETE", target)
            assert (refused.status_code, refused.json()["code"]) == (409, "beyond_own_rights")
    assert (await boss.call("GET", "/v1/me")).status_code == 200
    assert (await admin.call("DELETE", path(company, guard))).status_code == 204  # the control
    assert (await admin.call("DELETE", path(company, equal, equal.session))).status_code == 204
    await gone(guard)
    await gone(equal)


async def test_who_may_not_or_is_not_there(world: World) -> None:
    company, other = await world.company(), await world.company()
    admin, manager = await join(world, company, "company_admin"), await join(world, company, "manager")
    stranger, back = await join(world, other, "sdr"), await join(world, HOLDING_TENANT, "backoffice_admin")
    for method in ("GET", "DELETE"):
        for by, where, of, told in (
            (manager, company, admin, (403, "forbidden")),
            (back, company, manager, (403, "forbidden")),
            (admin, other, stranger, (403, "tenant_mismatch")),
            (admin, HOLDING_TENANT, manager, (403, "forbidden")),
            (admin, company, stranger, (404, "member_not_found")),
            (admin, company, Person(world, "", str(uuid4())), (404, "member_not_found")),
        ):
            answer = await by.call(method, path(where, of))
            assert (answer.status_code, answer.json()["code"]) == told, (method, where, of)
    assert (await stranger.call("GET", "/v1/me")).status_code == 200
