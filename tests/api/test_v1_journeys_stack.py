"""Time travel over HTTP: state and diff of lead, company and holding; who may see what; words opened and erased."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from cli.audit import travel
from cli.commands.travel_commands import lines_of
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING_TENANT, lead_journey, tenant_journey
from projections.travel.life import Cut
from tests.api.world import World, until

pytestmark = pytest.mark.stack


async def talked(world: World) -> tuple[str, str, str]:
    """(company, lead, conversation) of a lead that wrote twice."""
    company, instance = await world.company(), str(uuid4())
    lead, conversation = await world.lead(company, "um", instance=instance)
    await world.message(company, lead, "dois", instance=instance)

    async def both() -> bool:
        answer = await world.http.get(f"/v1/conversations/{conversation}/timeline", headers=world.tenant(company))
        return len(answer.json()["items"]) == 2

    await until("the second message", both)
    return company, lead, conversation


async def get(world: World, path: str, company: str | None, **params: Any) -> tuple[int, Any]:
    headers = {} if company is None else world.tenant(company)
    answer = await world.http.get(f"/v1/journeys/{path}", params=params or None, headers=headers)
    return answer.status_code, answer.json()


async def test_a_lead_as_it_is_and_as_it_was(world: World) -> None:
    company, lead, conversation = await talked(world)
    path = f"{lead_journey(lead)}/state"
    status, now = await get(world, path, company)
    assert status == 200
    assert (now["journey"], now["company"], now["erased"], now["quarantined"]) == (
        lead_journey(lead), company, False, False,
    )  # fmt: skip
    streams = {each["stream"]: each for each in now["streams"]}
    assert streams.keys() == {f"lead-{lead}", f"conversation-{conversation}"}
    assert streams[f"lead-{lead}"]["personal"]["ContactUpdated.name"] == "Maria"
    assert streams[f"lead-{lead}"]["personal"]["AliasLinked[phone].value"] == "+5511987654321"
    talk = streams[f"conversation-{conversation}"]
    assert talk["personal"]["MessageReceived.text"] == "dois"
    assert len(talk["state"]["unanswered"]) == 2
    assert now["version"] == sum(each["version"] for each in now["streams"])
    for cut in ({"version": now["version"]}, {"version": now["version"] + 5}, {"at": now["at"]}):
        assert await get(world, path, company, **cut) == (200, now)
    _, born = await get(world, path, company, version=1)
    _, first = await get(world, path, company, at=born["at"])
    assert (born["version"], first["at"]) == (1, born["at"])
    assert 1 < first["version"] < now["version"], "all of that very time, and nothing later"
    assert await get(world, path, company, version=first["version"]) == (200, first)
    status, before = await get(world, path, company, version=0)
    assert (status, before["version"], before["at"], before["streams"]) == (200, 0, None, [])
    assert await get(world, path, company, at="2001-01-01T00:00:00Z") == (200, before)


async def test_what_changed_between_two_moments(world: World) -> None:
    company, lead, conversation = await talked(world)
    path = f"{lead_journey(lead)}/diff"
    _, now = await get(world, f"{lead_journey(lead)}/state", company)
    status, diff = await get(world, path, company, **{"from": now["version"] - 2})
    assert status == 200
    assert (diff["before"]["version"], diff["after"]) == (
        now["version"] - 2, {"version": now["version"], "at": now["at"]},
    )  # fmt: skip
    (talk,) = diff["streams"]
    changed = {change["field"]: change for change in talk["changes"]}
    assert changed["personal.MessageReceived.text"] | {"field": ""} == {
        "field": "", "what": "changed", "old": "um", "new": "dois",
    }  # fmt: skip
    assert changed["unanswered"]["new"][:1] == changed["unanswered"]["old"]
    event, asked = diff["events"]
    assert asked["type"] == "HumanAsked"
    assert (event["type"], event["stream"], event["data"]["text"]) == (
        "MessageReceived", f"conversation-{conversation}", "dois",
    )  # fmt: skip
    _, whole = await get(world, path, company, **{"from": 0, "to": now["at"], "limit": 2})
    assert [stream["version_before"] for stream in whole["streams"]] == [0, 0]
    assert (len(whole["events"]), whole["events_left_off"]) == (2, now["version"] - 2)
    assert (await get(world, path, company, **{"from": "now"}))[1]["streams"] == []


async def test_an_erased_person_is_shown_as_erased_also_in_the_past(world: World) -> None:
    company, lead, _ = await talked(world)
    await world.vault.keys.destroy(company, lead_journey(lead), "test")
    _, now = await get(world, f"{lead_journey(lead)}/state", company, version=3)
    assert now["erased"]
    assert {word for stream in now["streams"] for word in stream["personal"].values()} == {None}
    _, diff = await get(world, f"{lead_journey(lead)}/diff", company, **{"from": 0})
    assert diff["erased"]
    assert {event["data"]["text"] for event in diff["events"] if event["type"] == "MessageReceived"} == {None}


async def test_the_operator_s_commands_say_the_same(world: World) -> None:
    company, lead, conversation = await talked(world)
    path = lead_journey(lead)
    _, now = await get(world, f"{path}/state", company)
    for cut in (Cut(), Cut.read(now["at"]), Cut(version=3)):
        asked = {"version": cut.version} if cut.version else {"at": now["at"]}
        _, told = await get(world, f"{path}/state", company, **asked)
        assert orjson.loads(orjson.dumps(await travel.state(world.settings, lead, cut))) == told
    before = now["version"] - 2
    diff = await travel.diff(world.settings, lead, Cut(version=before), Cut(), events=10)
    assert orjson.loads(orjson.dumps(diff)) == (await get(world, f"{path}/diff", company, **{"from": before}))[1]
    lines = lines_of(diff)
    (talk,) = diff.streams
    assert f"\nconversation-{conversation}: version {talk.version_before} → {talk.version_before + 2}" in lines
    assert '  ~ personal.MessageReceived.text: "um" → "dois"' in lines
    with pytest.raises(NotFound):
        await travel.state(world.settings, str(uuid4()), Cut())


async def test_settings_and_the_holding(world: World) -> None:
    company = await world.company()
    rosa = {"name": "Rosa", "persona": "You sell.", "model": "m", "fallback_text": "Já volto."}
    made = await world.http.post("/v1/centurions", json=rosa, headers=world.tenant(company))
    assert made.status_code == 200, made.text
    status, settings = await get(world, f"{tenant_journey(company)}/state", company)
    assert status == 200
    assert [stream["state"]["settings"]["name"] for stream in settings["streams"]] == ["Rosa"]
    assert (await get(world, f"tenant%2F{company}/state", company))[1] == settings
    status, holding = await get(world, "holding/state", None)
    assert (status, holding["company"]) == (200, HOLDING_TENANT)
    assert f"company-{company}" in {stream["stream"] for stream in holding["streams"]}


async def test_another_company_s_journey_is_not_there(world: World) -> None:
    company, lead, _ = await talked(world)
    other = await world.company()
    for path in (lead_journey(lead), tenant_journey(company), lead_journey(str(uuid4()))):
        for what in ("state", "diff?from=0"):
            status, problem = await get(world, f"{path}/{what}", other)
            assert (status, problem["code"]) == (404, "journey_not_found"), path
    assert (await get(world, f"{lead_journey(lead)}/state", str(uuid4())))[1]["code"] == "tenant_not_found"
    assert (await get(world, f"{lead_journey(lead)}/state", None))[1]["code"] == "tenant_invalid"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("holding/state?at=2026-01-01T00:00:00Z&version=1", "moment_invalid"),
        ("holding/state?at=yesterday", "invalid_input"),
        ("holding/state?version=-1", "invalid_input"),
        ("holding/state?version=99999999999999999999", "invalid_input"),
        ("holding/state?at=0001-01-01T00:00:00%2B14:00", "moment_invalid"),
        ("holding/diff", "invalid_input"),
        ("holding/diff?from=yesterday", "moment_invalid"),
        ("holding/diff?from=now&to=0", "moments_reversed"),
        ("holding/diff?from=0&limit=1001", "invalid_input"),
        ("lead/x/state", "invalid_input"),
        ("lead%2Fx%00/state", "invalid_input"),
        ("nobody/state", "invalid_input"),
    ],
)
async def test_what_is_no_moment_or_no_journey_is_a_problem(world: World, query: str, code: str) -> None:
    await world.company()
    status, problem = await get(world, query, None)
    assert (status, problem["code"]) == (422, code)
    assert problem["type"].endswith(code)
