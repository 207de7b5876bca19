"""Writes under /v1: strict shapes, idempotency, refusals, and a place to ask for the outcome."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from eventlog.topics import Topics
from proof.ground.edge import PARTITIONS
from tests.api.world import World

pytestmark = pytest.mark.stack

CENTURION: dict[str, Any] = {
    "name": "Aurora",
    "persona": "Calm and kind.",
    "model": "gpt-4o-mini",
    "fallback_text": "I will be right back.",
}
SECRET = "0123456789abcdef0123"  # pragma: allowlist secret


def fresh(answer: Any) -> dict[str, str]:
    """The header that makes the next read see this write."""
    return {"x-legion-position": answer.headers["x-legion-position"]}


async def test_a_company_is_made_once_for_one_key_and_can_be_read_at_once(world: World) -> None:
    body = {"slug": f"s{uuid4().hex[:12]}", "name": "Clínica Aurora"}
    key = {"idempotency-key": str(uuid4())}
    first = await world.http.post("/v1/companies", json=body, headers=key)
    again = await world.http.post("/v1/companies", json=body, headers=key)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert fresh(first) == fresh(again)
    company = first.json()["company"]
    found = (await world.http.get(f"/v1/companies/{company}", headers=fresh(first))).json()
    assert (found["slug"], found["timezone"], found["suspended"]) == (body["slug"], "America/Sao_Paulo", False)
    listed = (await world.http.get("/v1/companies")).json()
    assert [one["id"] for one in listed].count(company) == 1


async def test_without_a_key_each_call_is_its_own_and_the_slug_is_refused_the_second_time(world: World) -> None:
    body = {"slug": f"s{uuid4().hex[:12]}", "name": "Clínica"}
    assert (await world.http.post("/v1/companies", json=body)).status_code == 200
    refused = await world.http.post("/v1/companies", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "slug_taken")
    assert refused.headers["content-type"] == "application/problem+json"


async def test_one_key_on_two_routes_is_two_calls(world: World) -> None:
    company = await world.company()
    headers = {**world.tenant(company), "idempotency-key": "same"}
    centurion = await world.http.post("/v1/centurions", json=CENTURION, headers=headers)
    instance = await world.http.post(
        "/v1/instances", json={"external_name": f"n{uuid4().hex[:8]}", "webhook_secret": SECRET}, headers=headers
    )
    assert centurion.json()["command_id"] != instance.json()["command_id"]


async def test_a_centurion_has_versions(world: World) -> None:
    company = await world.company()
    tenant = world.tenant(company)
    made = await world.http.post("/v1/centurions", json=CENTURION, headers=tenant)
    centurion = made.json()["centurion"]
    [one] = (await world.http.get("/v1/centurions", headers={**tenant, **fresh(made)})).json()
    assert (one["id"], one["version"], one["settings"]["window_ms"]) == (centurion, 1, 4000)
    newer = {**CENTURION, "window_ms": 2500, "pacing": {"chunk_chars": 200}}
    put = await world.http.put(f"/v1/centurions/{centurion}", json=newer, headers=tenant)
    [one] = (await world.http.get("/v1/centurions", headers={**tenant, **fresh(put)})).json()
    assert (one["version"], one["settings"]["window_ms"], one["settings"]["pacing"]["chunk_chars"]) == (2, 2500, 200)
    same = await world.http.put(f"/v1/centurions/{centurion}", json=newer, headers=tenant)
    assert (same.status_code, same.json()["code"]) == (409, "settings_unchanged")
    nobody = await world.http.put(f"/v1/centurions/{uuid4()}", json=newer, headers=tenant)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_centurion")


async def test_an_instance_keeps_its_secrets_in_the_vault_and_its_name_to_itself(world: World) -> None:
    company, other = await world.company(), await world.company()
    name = f"wa.{uuid4().hex[:8]}"
    body = {"external_name": name, "webhook_secret": SECRET, "api_key": "key-at-the-provider"}
    key = {"idempotency-key": "first"}
    made = await world.http.post("/v1/instances", json=body, headers={**world.tenant(company), **key})
    assert made.status_code == 200, made.text
    assert made.json()["webhook_url"] == f"https://legion.example/ingress/evolution/{name}"
    assert SECRET not in made.text
    again = await world.http.post("/v1/instances", json=body, headers={**world.tenant(company), **key})
    assert again.json() == made.json()
    found = await world.vault.credentials.instance_for("evolution", name)
    assert found is not None
    assert (found.company, found.instance, found.secrets) == (company, made.json()["instance"], (SECRET,))
    listed = await world.http.get("/v1/instances", headers={**world.tenant(company), **fresh(made)})
    assert [(one["external_name"], one["status"]) for one in listed.json()] == [(name, "unknown")]
    assert SECRET not in listed.text
    for tenant in (company, other):
        taken = await world.http.post("/v1/instances", json=body, headers=world.tenant(tenant))
        assert (taken.status_code, taken.json()["code"]) == (409, "instance_name_taken")
    webhook = await world.http.post(f"/ingress/evolution/{name}", content=b"{}", headers={"x-webhook-secret": SECRET})
    assert webhook.status_code == 200


async def test_a_refused_instance_leaves_its_name_free(world: World) -> None:
    company = await world.company()
    body = {"external_name": f"wa{uuid4().hex[:8]}", "webhook_secret": SECRET}
    refused = await world.http.post(
        "/v1/instances", json={**body, "centurion": str(uuid4())}, headers=world.tenant(company)
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_centurion")
    assert await world.vault.credentials.instance_for("evolution", body["external_name"]) is None
    assert (await world.http.post("/v1/instances", json=body, headers=world.tenant(company))).status_code == 200


WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/centurions", CENTURION),
    ("PUT", f"/v1/centurions/{uuid4()}", CENTURION),
    ("POST", "/v1/instances", {"external_name": "of-nobody", "webhook_secret": SECRET}),
    ("PUT", f"/v1/conversations/{uuid4()}/floor", {"holder": "human"}),
]


async def commands_written(world: World) -> int:
    """Records in [commands]."""
    topic = Topics(world.settings.topic_prefix).commands
    async with AIOKafkaConsumer(bootstrap_servers=world.settings.kafka_bootstrap) as consumer:
        return sum((await consumer.end_offsets([TopicPartition(topic, p) for p in range(PARTITIONS)])).values())


async def test_a_write_for_a_company_that_is_not_there_is_404_and_leaves_nothing(world: World) -> None:
    company = await world.company()
    before = await commands_written(world)
    for method, path, body in WRITES:
        answer = await world.http.request(method, path, json=body, headers=world.tenant(str(uuid4())))
        assert (answer.status_code, answer.json()["code"]) == (404, "tenant_not_found")
        assert answer.headers["content-type"] == "application/problem+json"
    assert await commands_written(world) == before
    assert await world.vault.credentials.instance_for("evolution", "of-nobody") is None
    method, path, body = WRITES[0]
    made = await world.http.request(method, path, json=body, headers=world.tenant(company))  # control: one just made
    assert made.status_code == 200
    assert await commands_written(world) == before + 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/companies", {"slug": "ok-slug", "name": "x", "surprise": 1}),
        ("/v1/companies", {"slug": "x", "name": "x"}),
        ("/v1/companies", {"slug": "ok-slug"}),
        ("/v1/companies", []),
        ("/v1/companies", None),
        ("/v1/centurions", {**CENTURION, "persona": "x" * 20_001}),
        ("/v1/centurions", {**CENTURION, "pacing": {"surprise": 1}}),
        ("/v1/centurions", {**CENTURION, "on_failure": "panic"}),
        ("/v1/instances", {"external_name": "a/b", "webhook_secret": SECRET}),
        ("/v1/instances", {"external_name": "ok\n", "webhook_secret": SECRET}),
        ("/v1/instances", {"external_name": "ok", "webhook_secret": "short"}),
        ("/v1/instances", {"external_name": "ok", "webhook_secret": SECRET, "centurion": "\0"}),
    ],
)
async def test_a_wrong_shape_is_422_and_names_the_place(world: World, path: str, body: Any) -> None:
    answer = await world.http.post(path, json=body, headers=world.tenant(await world.company()))
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (422, "invalid_input", 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["errors"]
    assert all(error["at"].startswith("body") for error in problem["errors"])
    assert SECRET not in answer.text


async def test_a_body_that_is_no_json_is_422(world: World) -> None:
    answer = await world.http.post("/v1/companies", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_an_idempotency_key_has_its_bounds(world: World, key: str) -> None:
    body = {"slug": "some-slug", "name": "x"}
    answer = await world.http.post("/v1/companies", json=body, headers={"idempotency-key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


async def test_the_outcome_of_a_command_can_be_asked_for(world: World) -> None:
    slug = f"s{uuid4().hex[:12]}"
    made = (await world.http.post("/v1/companies", json={"slug": slug, "name": "x"})).json()
    outcome = await world.http.get(f"/v1/commands/{made['command_id']}", params={"journey": "holding"})
    body = outcome.json()
    assert (outcome.status_code, body["status"]) == (200, "accepted")
    assert [event["event_id"] for event in body["events"]] == made["events"]
    assert {event["topic"] for event in body["events"]} >= {"SlugClaimed", "CompanyCreated"}
    key = {"idempotency-key": "will-be-refused"}
    refused = await world.http.post("/v1/companies", json={"slug": slug, "name": "x"}, headers=key)
    again = await world.http.post("/v1/companies", json={"slug": slug, "name": "x"}, headers=key)
    assert refused.json() == again.json()
    unknown = await world.http.get(f"/v1/commands/{uuid4()}", params={"journey": "holding"})
    assert (unknown.status_code, unknown.json()["status"]) == (202, "pending")
    for journey in ("", "lead/x", "lead/\0", f"lead/{uuid4()} "):
        wrong = await world.http.get(f"/v1/commands/{uuid4()}", params={"journey": journey})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_input")


async def test_settings_that_the_domain_refuses_are_409_with_the_reason(world: World) -> None:
    company = await world.company()
    silent = {**CENTURION, "fallback_text": ""}
    refused = await world.http.post("/v1/centurions", json=silent, headers=world.tenant(company))
    assert (refused.status_code, refused.json()["code"]) == (409, "settings_out_of_range")
    assert "fallback" in refused.json()["detail"]


async def test_a_lead_is_erased_once_and_reads_show_nothing_of_it(world: World) -> None:
    company = await world.company()
    headers = world.tenant(company)
    lead, conversation = await world.lead(company, "Meu segredo")
    url = f"/v1/leads/{lead}/erasure"
    for body in ({}, {"reason": "porque sim"}, {"reason": "lead_request", "name": "Maria"}):
        assert (await world.http.post(url, json=body, headers=headers)).status_code == 422
    nobody = await world.http.post(f"/v1/leads/{uuid4()}/erasure", json={"reason": "test_data"}, headers=headers)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "lead_not_found")

    key = {**headers, "idempotency-key": "once"}
    done = await world.http.post(url, json={"reason": "lead_request"}, headers=key)
    assert (done.status_code, done.json()["status"]) == (200, "accepted"), done.text
    position = {**headers, "x-legion-position": done.headers["x-legion-position"]}
    shown = (await world.http.get(f"/v1/leads/{lead}", headers=position)).json()
    assert (shown["lead"]["name"], shown["lead"]["erased"], shown["lead"]["erasure"]) == (None, True, "completing")
    assert [alias["value"] for alias in shown["aliases"]] == [None]
    timeline = (await world.http.get(f"/v1/conversations/{conversation}/timeline", headers=headers)).json()
    assert [message["text"] for message in timeline["items"]] == [None]

    again = await world.http.post(url, json={"reason": "lead_request"}, headers=key)
    assert (again.status_code, again.json()["command_id"]) == (200, done.json()["command_id"])
    another = await world.http.post(url, json={"reason": "lead_request"}, headers=headers)
    assert (another.status_code, another.json()["code"]) == (409, "lead_erased")
    floor = {"holder": "human"}
    taken = await world.http.put(f"/v1/conversations/{conversation}/floor", json=floor, headers=headers)
    assert (taken.status_code, taken.json()["code"]) == (409, "lead_erased")
