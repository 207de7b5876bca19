"""`ETag` and `If-Match` on a running Legion: who has seen an old version is told so by the decider."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.api.people import join
from tests.api.selling import PIPELINE, RULES, SERVICE
from tests.api.test_v1_writes_stack import CENTURION
from tests.api.world import World

pytestmark = pytest.mark.stack


async def tag_of(world: World, path: str, **headers: str) -> str:
    answer = await world.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["etag"])


async def rename(world: World, company: str, name: str, **headers: str) -> Any:
    return await world.http.put(f"/v1/companies/{company}/name", json={"name": name}, headers=headers)


async def test_of_two_at_once_with_the_same_tag_exactly_one_wins(world: World) -> None:
    company = await world.company()
    for turn in range(10):
        tag = await tag_of(world, f"/v1/companies/{company}")
        answers = await asyncio.gather(
            *(rename(world, company, f"Turn {turn}, {each}", **{"if-match": tag}) for each in range(4))
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 412, 412, 412]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 412} == {"version_mismatch"}


async def test_without_a_tag_all_of_them_win(world: World) -> None:
    """The control of the one above: what `If-Match` is there for."""
    company = await world.company()
    answers = await asyncio.gather(*(rename(world, company, f"Name {each}") for each in range(4)))
    assert {answer.status_code for answer in answers} == {200}


async def test_the_tag_follows_each_change_and_a_repeated_call_is_answered_as_before(world: World) -> None:
    company = await world.company()
    path = f"/v1/companies/{company}"
    before = await tag_of(world, path)
    once = {"if-match": before, "idempotency-key": "once"}
    first = await rename(world, company, "New", **once)
    assert first.status_code == 200
    assert (await rename(world, company, "New", **once)).json() == first.json()
    after = await tag_of(world, path, **{"x-legion-position": first.headers["x-legion-position"]})
    assert after != before
    late = await rename(world, company, "Newer", **{"if-match": before})
    assert (late.status_code, late.headers["content-type"]) == (412, "application/problem+json")
    assert late.json()["detail"] == f"expected version {before[1:-1]}, it is {after[1:-1]}"


async def test_who_has_it_already_is_told_so_and_nothing_more(world: World) -> None:
    company = await world.company()
    path = f"/v1/companies/{company}"
    tag = await tag_of(world, path)
    same = await world.http.get(path, headers={"if-none-match": f'"0", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert (await world.http.get(path, headers={"if-none-match": '"0"'})).status_code == 200


@pytest.mark.parametrize("header", ["*", 'W/"1"', '"1", "2"', "1", "x"])
async def test_what_is_no_tag_is_refused_and_nothing_is_written(world: World, header: str) -> None:
    company = await world.company()
    tag = await tag_of(world, f"/v1/companies/{company}")
    answer = await rename(world, company, "Other", **{"if-match": header})
    assert (answer.status_code, answer.json()["code"]) == (422, "if_match_invalid")
    assert answer.json()["detail"].startswith("If-Match: ")
    assert await tag_of(world, f"/v1/companies/{company}") == tag


async def test_every_single_resource_has_a_tag_and_its_writes_look_at_it(world: World) -> None:
    company = await world.company()
    tenant = world.tenant(company)
    person = await join(world, company, "viewer")
    base = f"/v1/companies/{company}"
    role = (await world.http.post(f"{base}/roles", json={"name": "Reader", "permissions": ["lead:read"]})).json()
    invited = await world.http.post(f"{base}/invitations", json={"email": "bia@example.org", "role": "viewer"})
    centurion = (await world.http.post("/v1/centurions", json=CENTURION, headers=tenant)).json()
    instance = {"external_name": f"wa-{uuid4().hex[:8]}", "webhook_secret": "0123456789abcdef"}
    made = (await world.http.post("/v1/instances", json=instance, headers=tenant)).json()
    pipelines = [
        (await world.http.post("/v1/pipelines", json=PIPELINE | {"name": name}, headers=tenant)).json()["pipeline"]
        for name in ("One", "Two")
    ]
    service = (await world.http.post("/v1/services", json=SERVICE, headers=tenant)).json()["service"]
    assert (await world.http.put("/v1/qualification", json=RULES, headers=tenant)).status_code == 200
    pipeline_path, service_path = f"/v1/pipelines/{pipelines[0]}", f"/v1/services/{service}"
    lead, conversation = await world.lead(company)
    role_path, invitation_path = f"{base}/roles/{role['role']}", f"{base}/invitations/{invited.json()['invitation']}"
    member_path, user_path = f"{base}/members/{person.user}", f"/v1/users/{person.user}"
    writes: list[tuple[str, str, str, Any]] = [
        (role_path, "PUT", role_path, {"name": "Other", "permissions": ["lead:read"]}),
        (invitation_path, "DELETE", invitation_path, None),
        (member_path, "PUT", f"{member_path}/role", {"role": "sdr", "before": "viewer"}),
        (user_path, "PUT", f"{user_path}/disabled", {"reason": "left"}),
        *[
            (path, "PUT", path, {**CENTURION, "name": "Otávia"})
            for path in [f"/v1/centurions/{centurion['centurion']}"]
        ],
        (pipeline_path, "PUT", pipeline_path, PIPELINE | {"name": "Other"}),
        ("/v1/pipelines", "PUT", "/v1/pipelines/order", {"pipelines": [*reversed(pipelines)]}),
        (pipeline_path, "DELETE", pipeline_path, None),
        ("/v1/services", "PUT", service_path, SERVICE | {"price": 1}),
        ("/v1/services", "DELETE", service_path, None),
        ("/v1/qualification", "PUT", "/v1/qualification", RULES | {"threshold": 1}),
        ("/v1/qualification", "DELETE", "/v1/qualification", None),
        (f"/v1/conversations/{conversation}", "PUT", f"/v1/conversations/{conversation}/floor", {"holder": "human"}),
        (f"/v1/leads/{lead}", "POST", f"/v1/leads/{lead}/erasure", {"reason": "lead_request"}),
    ]
    for read, method, write, body in writes:
        tag = await tag_of(world, read, **tenant)
        stale = {**tenant, "if-match": f'"{int(tag[1:-1]) + 1}"'}
        refused = await world.http.request(method, write, json=body, headers=stale)
        assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch"), write
        assert await tag_of(world, read, **tenant) == tag
        done = await world.http.request(method, write, json=body, headers={**tenant, "if-match": tag})
        assert done.status_code == 200, (write, done.text)
    assert await tag_of(world, f"/v1/instances/{made['instance']}", **tenant) == '"1"'


async def test_another_companys_resource_has_no_tag_whatever_version_is_guessed(world: World) -> None:
    mine, other = await world.company(), await world.company()
    made = await world.http.post(f"/v1/companies/{mine}/roles", json={"name": "Reader", "permissions": ["lead:read"]})
    path = f"/v1/companies/{other}/roles/{made.json()['role']}"
    body = {"name": "Mine now", "permissions": ["lead:read"]}
    for version in ("0", "1", "2"):
        foreign = await world.http.get(path, headers={"if-none-match": f'"{version}"'})
        assert (foreign.status_code, "etag" in foreign.headers) == (404, False)
        written = await world.http.put(path, json=body, headers={"if-match": f'"{version}"'})
        assert (written.status_code, written.json()["code"]) == (404, "unknown_role")
