"""Teams over the API: made, named, filled, retired, by who may, in their own company."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.api.people import join
from tests.api.world import World

pytestmark = pytest.mark.stack


async def test_a_team_from_its_making_to_its_end(world: World) -> None:
    company = await world.company()
    admin, sdr = await join(world, company, "company_admin"), await join(world, company, "sdr")
    teams = f"/v1/companies/{company}/teams"
    made = await admin.call("POST", teams, {"name": " North "}, idempotency_key="north")
    assert made.status_code == 200, made.text
    team = made.json()["team"]
    assert (await admin.call("POST", teams, {"name": " North "}, idempotency_key="north")).json()["team"] == team
    taken = await admin.call("POST", teams, {"name": "north"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    assert (await admin.call("PUT", f"{teams}/{team}/name", {"name": "North side"})).status_code == 200
    seat = f"{teams}/{team}/members/{sdr.user}"
    assert (await admin.call("PUT", seat)).status_code == 200
    assert (await admin.call("PUT", seat)).json()["code"] == "already_in_team"
    [listed] = (await sdr.call("GET", teams)).json()
    assert (listed["name"], listed["retired"]) == ("North side", False)
    assert [(each["user_id"], each["name"]) for each in listed["members"]] == [(sdr.user, "Ana Prado")]
    assert (await admin.call("DELETE", seat)).status_code == 200
    assert (await admin.call("DELETE", seat)).json()["code"] == "not_in_team"
    assert (await admin.call("PUT", seat)).status_code == 200
    gone = await admin.call("DELETE", f"{teams}/{team}")
    assert gone.status_code == 200
    [listed] = (await admin.call("GET", teams, x_legion_position=gone.headers["x-legion-position"])).json()
    assert (listed["retired"], listed["members"]) == (True, [])


async def test_bad_input_says_which_field(world: World) -> None:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    teams = f"/v1/companies/{company}/teams"
    for body, at in (({}, "body.name"), ({"name": ""}, "body.name"), ({"name": "x", "more": 1}, "body.more")):
        refused = await admin.call("POST", teams, body)
        assert (refused.status_code, refused.json()["errors"][0]["at"]) == (422, at)
    assert (await admin.call("POST", teams, {"name": "  "})).json()["code"] == "invalid_name"
    for path in (f"{teams}/{uuid4()}/members/{admin.user}", f"{teams}/{uuid4()}/name"):
        unknown = await admin.call("PUT", path, {"name": "X"} if path.endswith("name") else None)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_team")
    team = (await admin.call("POST", teams, {"name": "T"})).json()["team"]
    stranger = await admin.call("PUT", f"{teams}/{team}/members/{uuid4()}")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_member")


async def test_teams_are_their_companys_and_for_who_leads_it(world: World) -> None:
    company, other = await world.company(), await world.company()
    admin = await join(world, company, "company_admin")
    foreign = await join(world, other, "company_admin")
    teams = f"/v1/companies/{company}/teams"
    team = (await admin.call("POST", teams, {"name": "T"})).json()["team"]
    for method, path, body in (
        ("GET", teams, None),
        ("POST", teams, {"name": "Mine"}),
        ("DELETE", f"{teams}/{team}", None),
        ("PUT", f"{teams}/{team}/members/{foreign.user}", None),
    ):
        assert (await foreign.call(method, path, body)).json()["code"] == "tenant_mismatch"
    theirs = f"/v1/companies/{other}/teams/{team}"
    assert (await foreign.call("DELETE", theirs)).json()["code"] == "unknown_team"
    for role in ("manager", "sdr", "viewer", "auditor"):
        person = await join(world, company, role)
        assert (await person.call("GET", teams)).status_code == 200
        for method, path, body in (
            ("POST", teams, {"name": "Mine"}),
            ("PUT", f"{teams}/{team}/name", {"name": "Mine"}),
            ("PUT", f"{teams}/{team}/members/{person.user}", None),
            ("DELETE", f"{teams}/{team}", None),
        ):
            assert (await person.call(method, path, body)).status_code == 403, (role, method, path)
