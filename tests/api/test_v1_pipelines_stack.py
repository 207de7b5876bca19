"""Pipelines and services over the API: made, changed, ordered, retired, by who may, in their own company."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, join
from tests.api.selling import PIPELINE, SERVICE, STAGES
from tests.api.world import World

pytestmark = pytest.mark.stack


class Desk:
    """A person at a company's settings."""

    def __init__(self, person: Person, company: str) -> None:
        self.person = person
        self.company = company

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.person.call(method, f"/v1{path}", body, x_tenant_id=self.company, **headers)

    async def make(self, name: str = "Sales", **changed: Any) -> str:
        made = await self.call("POST", "/pipelines", {**PIPELINE, "name": name, **changed})
        assert made.status_code == 200, made.text
        return str(made.json()["pipeline"])

    async def read(self, pipeline: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.call("GET", f"/pipelines/{pipeline}")).json()
        return found

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        answer = await self.call(method, path, body, **headers)
        problem = answer.json()
        at = problem["errors"][0]["at"] if "errors" in problem else problem.get("detail", "")
        return answer.status_code, problem.get("code", ""), at


async def desk(world: World, role: str = "company_admin", company: str | None = None) -> Desk:
    company = company or await world.company()
    return Desk(await join(world, company, role), company)


async def test_a_board_is_told_whole(world: World) -> None:
    admin = await desk(world)
    first = await admin.make(" Sales ")
    second = await admin.make("Partners", stages=STAGES[:1])
    listed = (await admin.call("GET", "/pipelines")).json()
    assert [each["id"] for each in listed] == [first, second]
    assert listed[0] == await admin.read(first)
    told = listed[0]
    assert (told["name"], told["retired"], told["former_stages"]) == ("Sales", False, [])
    named = [(each["name"], each["colour"], each["probability"], each["requires"]) for each in told["stages"]]
    assert named == [("New", "#1f2937", 10, []), ("Offer", "#0ea5e9", 60, ["value", "items", "fact:budget"])]
    assert [each["label"] for each in told["won_reasons"]] == ["Price"]
    assert [each["label"] for each in told["lost_reasons"]] == ["Price", "No answer"]
    ids = [each["id"] for of in ("stages", "won_reasons", "lost_reasons") for each in told[of]]
    assert len(set(ids)) == 5


async def test_one_key_makes_the_same_pipeline_with_the_same_stages(world: World) -> None:
    admin = await desk(world)
    once = await admin.call("POST", "/pipelines", PIPELINE, idempotency_key="sales")
    again = await admin.call("POST", "/pipelines", PIPELINE, idempotency_key="sales")
    assert once.json() == again.json()
    pipeline = once.json()["pipeline"]
    stages = (await admin.read(pipeline))["stages"]
    changed = {**PIPELINE, "stages": [*stages, {**STAGES[0], "name": "Contract"}]}
    for _ in range(2):
        answer = await admin.call("PUT", f"/pipelines/{pipeline}", changed, idempotency_key="contract")
        assert answer.status_code == 200, answer.text
    assert [each["name"] for each in (await admin.read(pipeline))["stages"]] == ["New", "Offer", "Contract"]
    assert (await admin.refused("POST", "/pipelines", PIPELINE))[:2] == (409, "name_taken")


async def test_a_stage_keeps_its_id_goes_and_comes_back(world: World) -> None:
    admin = await desk(world)
    pipeline = await admin.make()
    was = await admin.read(pipeline)
    new, offer = was["stages"]
    body = {**PIPELINE, "lost_reasons": was["lost_reasons"][1:], "stages": [{**offer, "name": "Proposal"}]}
    assert (await admin.call("PUT", f"/pipelines/{pipeline}", body)).status_code == 200
    now = await admin.read(pipeline)
    assert now["stages"] == [{**offer, "name": "Proposal"}]
    assert now["former_stages"] == [new]
    assert now["lost_reasons"] == was["lost_reasons"][1:]
    assert (await admin.call("PUT", f"/pipelines/{pipeline}", {**body, "stages": [new, offer]})).status_code == 200
    assert [each["id"] for each in (await admin.read(pipeline))["stages"]] == [new["id"], offer["id"]]
    same = {of: (await admin.read(pipeline))[of] for of in PIPELINE}
    assert (await admin.refused("PUT", f"/pipelines/{pipeline}", same))[:2] == (409, "pipeline_unchanged")


async def test_ids_are_those_of_the_pipeline(world: World) -> None:
    admin = await desk(world)
    pipeline, another = await admin.make(), await admin.make("Partners")
    theirs = await admin.read(another)
    for id_ in (theirs["stages"][0]["id"], str(uuid4())):
        body = {**PIPELINE, "stages": [STAGES[1], {**STAGES[0], "id": id_}]}
        refused = await admin.refused("PUT", f"/pipelines/{pipeline}", body)
        assert refused == (404, "unknown_stage", "stages.1.id")
    body = {**PIPELINE, "lost_reasons": theirs["lost_reasons"]}
    refused = await admin.refused("PUT", f"/pipelines/{pipeline}", body)
    assert refused == (404, "unknown_reason", "lost_reasons.0.id")
    with_id = {**PIPELINE, "stages": [{**STAGES[0], "id": str(uuid4())}]}
    assert await admin.refused("POST", "/pipelines", with_id) == (422, "invalid_input", "body.stages.0.id")


async def test_the_order_is_of_all_that_go_on(world: World) -> None:
    admin = await desk(world)
    one, two, three = [await admin.make(name) for name in ("One", "Two", "Three")]
    ordered = await admin.call("PUT", "/pipelines/order", {"pipelines": [three, one, two]})
    assert ordered.status_code == 200, ordered.text
    assert [each["id"] for each in (await admin.call("GET", "/pipelines")).json()] == [three, one, two]
    for pipelines, code in (
        ([three, one, two], (409, "order_unchanged")),
        ([three, one], (409, "order_incomplete")),
        ([three, one, two, two], (409, "order_incomplete")),
        ([three, one, str(uuid4())], (404, "unknown_pipeline")),
    ):
        assert (await admin.refused("PUT", "/pipelines/order", {"pipelines": pipelines}))[:2] == code
    assert (await admin.call("DELETE", f"/pipelines/{one}")).status_code == 200
    assert [each["id"] for each in (await admin.call("GET", "/pipelines")).json()] == [three, two, one]
    assert (await admin.read(one))["retired"] is True
    assert (await admin.refused("DELETE", f"/pipelines/{one}"))[:2] == (404, "unknown_pipeline")
    assert (await admin.refused("GET", f"/pipelines/{uuid4()}"))[:2] == (404, "pipeline_not_found")


async def test_the_tag_is_of_all_pipelines(world: World) -> None:
    admin = await desk(world)
    one, two = await admin.make("One"), await admin.make("Two")
    tag = (await admin.call("GET", f"/pipelines/{one}")).headers["etag"]
    assert (await admin.call("GET", "/pipelines")).headers["etag"] == tag
    changed = {**PIPELINE, "name": "Second"}
    assert (await admin.call("PUT", f"/pipelines/{two}", changed, if_match=tag)).status_code == 200
    late = await admin.refused("PUT", f"/pipelines/{one}", {**PIPELINE, "name": "First"}, if_match=tag)
    assert late[:2] == (412, "version_mismatch")
    assert (await admin.call("GET", f"/pipelines/{one}", if_none_match=tag)).status_code == 200


def stage(**changed: Any) -> dict[str, Any]:
    return {**PIPELINE, "stages": [STAGES[1], {**STAGES[0], **changed}]}


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "body.name"),
        ({**PIPELINE, "more": 1}, "body.more"),
        ({**PIPELINE, "stages": []}, "body.stages"),
        (stage(colour="red"), "body.stages.1.colour"),
        (stage(colour="#FFFFFF"), "body.stages.1.colour"),
        (stage(probability=101), "body.stages.1.probability"),
        (stage(requires=["value", "nothing"]), "body.stages.1.requires.1"),
        (stage(requires=["fact:Budget"]), "body.stages.1.requires.0"),
        (stage(requires=["fact:a\n"]), "body.stages.1.requires.0"),
        ({**PIPELINE, "won_reasons": [{"label": ""}]}, "body.won_reasons.0.label"),
    ],
)
async def test_a_wrong_shape_says_where(world: World, body: dict[str, Any], at: str) -> None:
    answer = await world.http.post("/v1/pipelines", json=body, headers=world.tenant(await world.company()))
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, at)


@pytest.mark.parametrize(
    ("stages", "told"), [([{**STAGES[0], "colour": "red"}], ["body.stages.0.colour"]), ([], ["body.stages"])]
)
async def test_a_list_is_too_short_only_where_nothing_is_in_it(
    world: World, stages: list[Any], told: list[str]
) -> None:
    body = {**PIPELINE, "stages": stages}
    answer = await world.http.post("/v1/pipelines", json=body, headers=world.tenant(await world.company()))
    assert [each["at"] for each in answer.json()["errors"]] == told


@pytest.mark.parametrize(
    ("body", "code", "at"),
    [
        ({**PIPELINE, "name": " "}, "invalid_name", "name"),
        (stage(name=" "), "invalid_name", "stages.1.name"),
        (stage(name="oFFER"), "stage_twice", "stages"),
        (stage(requires=["value", "value"]), "invalid_requirement", "stages.1.requires"),
        ({**PIPELINE, "lost_reasons": [{"label": "A"}, {"label": "a"}]}, "reason_twice", "lost_reasons"),
    ],
)
async def test_what_makes_no_pipeline_says_where(world: World, body: dict[str, Any], code: str, at: str) -> None:
    answer = await world.http.post("/v1/pipelines", json=body, headers=world.tenant(await world.company()))
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (409, code, at)


async def test_a_service_from_its_making_to_its_end(world: World) -> None:
    admin = await desk(world)
    made = await admin.call("POST", "/services", SERVICE, idempotency_key="course")
    assert made.status_code == 200, made.text
    assert (await admin.call("POST", "/services", SERVICE, idempotency_key="course")).json() == made.json()
    path = f"/services/{made.json()['service']}"
    assert (await admin.refused("POST", "/services", {**SERVICE, "name": "cOURSE"}))[:2] == (409, "name_taken")
    assert (await admin.refused("PUT", path, SERVICE))[:2] == (409, "service_unchanged")
    assert (await admin.call("PUT", path, {**SERVICE, "price": 0, "currency": "JPY"})).status_code == 200
    listed = await admin.call("GET", "/services")
    assert listed.json() == [
        {"id": made.json()["service"], "name": "Course", "price": 0, "currency": "JPY", "retired": False}
    ]
    assert (await admin.call("GET", "/services", if_none_match=listed.headers["etag"])).status_code == 304
    assert (await admin.call("DELETE", path)).status_code == 200
    assert (await admin.call("GET", "/services")).json()[0]["retired"] is True
    for method, body in (("DELETE", None), ("PUT", SERVICE)):
        assert (await admin.refused(method, path, body))[:2] == (404, "unknown_service")


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"name": ""}, "body.name"),
        ({"price": -1}, "body.price"),
        ({"price": 10**12 + 1}, "body.price"),
        ({"price": 1.5}, "body.price"),
        ({"currency": "XXX"}, "body.currency"),
        ({"currency": "brl"}, "body.currency"),
        ({"more": 1}, "body.more"),
    ],
)
async def test_a_service_of_a_wrong_shape_says_where(world: World, changed: dict[str, Any], at: str) -> None:
    tenant = world.tenant(await world.company())
    answer = await world.http.post("/v1/services", json={**SERVICE, **changed}, headers=tenant)
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, at)


async def test_pipelines_are_their_companys_and_for_who_leads_it(world: World) -> None:
    admin, foreign = await desk(world), await desk(world)
    pipeline = await admin.make()
    service = (await admin.call("POST", "/services", SERVICE)).json()["service"]
    writes = (
        ("POST", "/pipelines", {**PIPELINE, "name": "Mine"}),
        ("PUT", f"/pipelines/{pipeline}", {**PIPELINE, "name": "Mine"}),
        ("PUT", "/pipelines/order", {"pipelines": [pipeline]}),
        ("DELETE", f"/pipelines/{pipeline}", None),
        ("POST", "/services", {**SERVICE, "name": "Mine"}),
        ("PUT", f"/services/{service}", {**SERVICE, "name": "Mine"}),
        ("DELETE", f"/services/{service}", None),
    )
    intruder = Desk(foreign.person, admin.company)
    for method, path, body in (*writes, ("GET", "/pipelines", None), ("GET", f"/pipelines/{pipeline}", None)):
        assert (await intruder.refused(method, path, body))[:1] == (403,), (method, path)
    for method, path, body in writes[1:4]:
        assert (await foreign.refused(method, path, body))[:2] == (404, "unknown_pipeline"), (method, path)
    assert (await foreign.refused("GET", f"/pipelines/{pipeline}"))[:2] == (404, "pipeline_not_found")
    for method, path, body in writes[5:]:
        assert (await foreign.refused(method, path, body))[:2] == (404, "unknown_service"), (method, path)
    for path in ("/pipelines", "/services"):
        assert (await foreign.call("GET", path)).json() == []
    for role in ("manager", "sdr", "viewer", "auditor"):
        person = await desk(world, role, admin.company)
        for path in ("/pipelines", f"/pipelines/{pipeline}", "/services"):
            assert (await person.call("GET", path)).status_code == 200
        for method, path, body in writes:
            assert (await person.call(method, path, body)).status_code == 403, (role, method, path)
