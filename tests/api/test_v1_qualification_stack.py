"""Rules of qualification over the API: published, read, withdrawn; and what a person says of a lead meets them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.people import join
from tests.api.selling import PIPELINE, RULES
from tests.api.test_v1_pipelines_stack import Desk, desk
from tests.api.world import World

pytestmark = pytest.mark.stack


async def put(admin: Desk, body: dict[str, Any], **headers: str) -> Any:
    answer = await admin.call("PUT", "/qualification", body, **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_rules_are_told_as_they_were_published_and_each_change_is_a_number(world: World) -> None:
    admin = await desk(world)
    assert await admin.refused("GET", "/qualification") == (404, "rules_not_found", "")
    assert (await admin.refused("DELETE", "/qualification"))[:2] == (404, "unknown_rules")
    await put(admin, RULES)
    told = (await admin.call("GET", "/qualification")).json()
    assert (told["number"], told["in_force"]) == (1, True)
    assert told["rules"]["questions"][2]["choices"] == RULES["questions"][2]["choices"]
    assert told["rules"]["questions"][0] == {**RULES["questions"][0], "choices": []}
    assert (told["rules"]["threshold"], told["rules"]["intents"], told["rules"]["handoff"]) == (60, ["buy"], None)
    assert (await admin.refused("PUT", "/qualification", RULES))[:2] == (409, "rules_unchanged")
    await put(admin, {**RULES, "threshold": 10})
    assert (await admin.call("GET", "/qualification")).json()["number"] == 2
    first = (await admin.call("GET", "/qualification?number=1")).json()
    assert (first["number"], first["in_force"], first["rules"]["threshold"]) == (1, False, 60)
    assert (await admin.call("DELETE", "/qualification")).status_code == 200
    assert (await admin.refused("GET", "/qualification"))[:2] == (404, "rules_not_found")
    assert (await admin.call("GET", "/qualification?number=2")).json()["in_force"] is False
    await put(admin, RULES)
    assert (await admin.call("GET", "/qualification")).json()["number"] == 3


async def test_one_key_is_one_publication(world: World) -> None:
    admin = await desk(world)
    once = await put(admin, RULES, idempotency_key="rules")
    assert await put(admin, RULES, idempotency_key="rules") == once


async def test_what_makes_no_sense_names_its_field(world: World) -> None:
    admin = await desk(world)
    need = RULES["questions"][0]
    for body, code in (
        ({**RULES, "questions": []}, (422, "invalid_input", "body.questions")),
        ({**RULES, "questions": [{**need, "key": "Need"}]}, (422, "invalid_input", "body.questions.0.key")),
        ({**RULES, "questions": [{**need, "points": 5000}]}, (422, "invalid_input", "body.questions.0.points")),
        ({**RULES, "questions": [need, need]}, (409, "question_twice", "questions")),
        ({**RULES, "questions": [{**need, "kind": "choice"}]}, (409, "question_invalid", "questions.0.points")),
        ({**RULES, "threshold": 81}, (409, "threshold_out_of_reach", "threshold: all answers together give 80")),
        ({**RULES, "intents": ["other"]}, (409, "intent_invalid", "intents")),
        ({**RULES, "dormant_after_days": 0}, (422, "invalid_input", "body.dormant_after_days")),
    ):
        assert await admin.refused("PUT", "/qualification", body) == code


async def test_a_handoff_is_to_a_stage_of_the_company(world: World) -> None:
    admin, other = await desk(world), await desk(world)
    assert (await admin.refused("PUT", "/qualification", {**RULES, "handoff": {}}))[:2] == (404, "no_pipeline")
    theirs = await other.make()
    foreign = {**RULES, "handoff": {"pipeline": theirs}}
    assert (await admin.refused("PUT", "/qualification", foreign))[:2] == (404, "unknown_pipeline")
    own = await admin.make()
    stage = (await admin.read(own))["stages"][0]["id"]
    await put(admin, {**RULES, "handoff": {"assists": True}})
    told = (await admin.call("GET", "/qualification")).json()["rules"]["handoff"]
    assert told == {"pipeline": own, "stage": stage, "assists": True}
    assert (await admin.call("DELETE", f"/pipelines/{own}")).status_code == 200
    retired = {**RULES, "handoff": {"pipeline": own, "stage": stage}}
    assert (await admin.refused("PUT", "/qualification", retired))[:2] == (409, "pipeline_retired")


async def test_who_may_see_pipelines_sees_rules_and_only_admins_publish(world: World) -> None:
    admin = await desk(world)
    await put(admin, RULES)
    sdr = Desk(await join(world, admin.company, "sdr"), admin.company)
    assert (await sdr.call("GET", "/qualification")).status_code == 200
    assert (await sdr.refused("PUT", "/qualification", {**RULES, "threshold": 1}))[:2] == (403, "forbidden")
    assert (await sdr.refused("DELETE", "/qualification"))[:2] == (403, "forbidden")


async def test_what_a_person_says_meets_the_rules(world: World) -> None:
    admin = await desk(world)
    pipeline = await admin.make(stages=PIPELINE["stages"][:1])
    await put(admin, {**RULES, "handoff": {"pipeline": pipeline}})
    lead, _ = await world.lead(admin.company)
    wrong = {"facts": [{"key": "budget", "value": "a lot"}]}
    assert (await admin.refused("PUT", f"/leads/{lead}/facts", wrong))[:2] == (422, "answer_invalid")
    said = [{"key": "need", "value": " roof "}, {"key": "budget", "value": 9000}, {"key": "colour", "value": "red"}]
    body = {"facts": said, "intent": "buy"}
    assert (await admin.call("PUT", f"/leads/{lead}/facts", body)).status_code == 200
    facts = (await admin.call("GET", f"/leads/{lead}/facts")).json()["facts"]
    points = {fact["key"]: (fact["value"], fact["points"]) for fact in facts}
    assert points == {"need": ("roof", 10), "budget": (9000, 30), "colour": ("red", 0)}
    assert await state(admin, lead) == "qualifying"
    size = {"facts": [{"key": "size", "value": "large"}]}
    written = await admin.call("PUT", f"/leads/{lead}/facts", size)
    assert written.status_code == 200, written.text
    assert len(written.json()["events"]) == 4
    assert await state(admin, lead) == "handed_off"
    [deal] = (await admin.call("GET", f"/deals?lead={lead}")).json()["items"]
    assert (deal["pipeline_id"], deal["state"]) == (pipeline, "open")


async def test_a_handoff_waits_where_the_stage_requires_more(world: World) -> None:
    admin = await desk(world)
    pipeline = await admin.make(stages=[{**PIPELINE["stages"][0], "requires": ["value"]}])
    await put(admin, {**RULES, "threshold": 40, "handoff": {"pipeline": pipeline}})
    lead, _ = await world.lead(admin.company)
    body = {"facts": [{"key": "need", "value": "roof"}, {"key": "budget", "value": 1}], "intent": "buy"}
    assert (await admin.call("PUT", f"/leads/{lead}/facts", body)).status_code == 200
    assert await state(admin, lead) == "qualified"
    assert (await admin.call("GET", f"/deals?lead={lead}")).json()["items"] == []


async def state(admin: Desk, lead: str) -> str:
    return str((await admin.call("GET", f"/leads/{lead}")).json()["lead"]["state"])
