"""Reads under /v1: who may see what, seek paging while rows are being added, the floor, problems, health, metrics."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.edge import raw
from tests.api.world import World, until

pytestmark = pytest.mark.stack
PROBLEM = "application/problem+json"
ID = "0d5c2a8e-9f1b-4c7d-8e2a-3b6f5a4d7c10"
"""Of nothing."""

GUARDED = [
    ("GET", "/v1/security-events"),
    ("GET", "/v1/companies"),
    ("POST", "/v1/companies"),
    ("GET", f"/v1/companies/{ID}"),
    ("PUT", f"/v1/companies/{ID}/name"),
    ("PUT", f"/v1/companies/{ID}/slug"),
    ("PUT", f"/v1/companies/{ID}/settings"),
    ("PUT", f"/v1/companies/{ID}/suspension"),
    ("DELETE", f"/v1/companies/{ID}/suspension"),
    ("PUT", f"/v1/companies/{ID}/archive"),
    ("GET", f"/v1/companies/{ID}/invitations"),
    ("POST", f"/v1/companies/{ID}/invitations"),
    ("GET", f"/v1/companies/{ID}/invitations/{ID}"),
    ("DELETE", f"/v1/companies/{ID}/invitations/{ID}"),
    ("GET", f"/v1/companies/{ID}/members"),
    ("GET", f"/v1/companies/{ID}/members/{ID}"),
    ("PUT", f"/v1/companies/{ID}/members/{ID}/role"),
    ("DELETE", f"/v1/companies/{ID}/members/{ID}"),
    ("GET", f"/v1/companies/{ID}/members/{ID}/sessions"),
    ("DELETE", f"/v1/companies/{ID}/members/{ID}/sessions"),
    ("DELETE", f"/v1/companies/{ID}/members/{ID}/sessions/{ID}"),
    ("GET", f"/v1/companies/{ID}/roles"),
    ("POST", f"/v1/companies/{ID}/roles"),
    ("GET", f"/v1/companies/{ID}/roles/{ID}"),
    ("PUT", f"/v1/companies/{ID}/roles/{ID}"),
    ("DELETE", f"/v1/companies/{ID}/roles/{ID}"),
    ("GET", f"/v1/companies/{ID}/api-keys"),
    ("POST", f"/v1/companies/{ID}/api-keys"),
    ("GET", f"/v1/companies/{ID}/api-keys/{ID}"),
    ("PUT", f"/v1/companies/{ID}/api-keys/{ID}"),
    ("DELETE", f"/v1/companies/{ID}/api-keys/{ID}"),
    ("POST", f"/v1/companies/{ID}/api-keys/{ID}/rotation"),
    ("GET", f"/v1/companies/{ID}/teams"),
    ("POST", f"/v1/companies/{ID}/teams"),
    ("PUT", f"/v1/companies/{ID}/teams/{ID}/name"),
    ("PUT", f"/v1/companies/{ID}/teams/{ID}/members/{ID}"),
    ("DELETE", f"/v1/companies/{ID}/teams/{ID}/members/{ID}"),
    ("DELETE", f"/v1/companies/{ID}/teams/{ID}"),
    ("GET", "/v1/users"),
    ("GET", f"/v1/users/{ID}"),
    ("PUT", f"/v1/users/{ID}/disabled"),
    ("DELETE", f"/v1/users/{ID}/disabled"),
    ("PUT", f"/v1/users/{ID}/erasure"),
    ("GET", "/v1/me"),
    ("PUT", "/v1/me/name"),
    ("PUT", "/v1/me/terms"),
    ("PUT", "/v1/me/password"),
    ("POST", "/v1/me/totp"),
    ("PUT", "/v1/me/totp"),
    ("DELETE", "/v1/me/totp"),
    ("PUT", "/v1/me/company"),
    ("GET", "/v1/me/sessions"),
    ("DELETE", "/v1/me/sessions"),
    ("DELETE", f"/v1/me/sessions/{ID}"),
    ("GET", "/v1/files"),
    ("POST", "/v1/files"),
    ("DELETE", f"/v1/files/{ID}"),
    ("GET", f"/v1/files/{ID}/link"),
    ("GET", "/v1/centurions"),
    ("POST", "/v1/centurions"),
    ("GET", f"/v1/centurions/{ID}"),
    ("PUT", f"/v1/centurions/{ID}"),
    ("GET", "/v1/integrations/autentique"),
    ("PUT", "/v1/integrations/autentique"),
    ("GET", "/v1/instances"),
    ("POST", "/v1/instances"),
    ("GET", f"/v1/instances/{ID}"),
    ("GET", "/v1/pipelines"),
    ("POST", "/v1/pipelines"),
    ("PUT", "/v1/pipelines/order"),
    ("GET", f"/v1/pipelines/{ID}"),
    ("PUT", f"/v1/pipelines/{ID}"),
    ("DELETE", f"/v1/pipelines/{ID}"),
    ("GET", "/v1/qualification"),
    ("PUT", "/v1/qualification"),
    ("DELETE", "/v1/qualification"),
    ("GET", "/v1/services"),
    ("POST", "/v1/services"),
    ("PUT", f"/v1/services/{ID}"),
    ("DELETE", f"/v1/services/{ID}"),
    ("GET", "/v1/pixels"),
    ("POST", "/v1/pixels"),
    ("GET", f"/v1/pixels/{ID}"),
    ("PUT", f"/v1/pixels/{ID}"),
    ("DELETE", f"/v1/pixels/{ID}"),
    ("PUT", f"/v1/pixels/{ID}/token"),
    ("POST", f"/v1/pixels/{ID}/release"),
    ("POST", f"/v1/pixels/{ID}/test"),
    ("POST", f"/v1/pixels/{ID}/backfills"),
    ("GET", "/v1/conversions"),
    ("GET", f"/v1/conversions/{ID}"),
    ("POST", f"/v1/conversions/{ID}/resend"),
    ("GET", "/v1/leads"),
    ("GET", f"/v1/leads/{ID}"),
    ("PUT", f"/v1/leads/{ID}/assignment"),
    ("POST", f"/v1/leads/{ID}/erasure"),
    ("POST", f"/v1/leads/{ID}/qualification"),
    ("POST", f"/v1/leads/{ID}/disqualification"),
    ("POST", f"/v1/leads/{ID}/reopening"),
    ("GET", f"/v1/leads/{ID}/facts"),
    ("PUT", f"/v1/leads/{ID}/facts"),
    ("POST", f"/v1/leads/{ID}/touches"),
    ("PUT", f"/v1/leads/{ID}/consents/{ID}"),
    ("POST", f"/v1/leads/{ID}/handoff"),
    ("GET", f"/v1/leads/{ID}/trail"),
    ("GET", "/v1/deals"),
    ("GET", "/v1/deals/board"),
    ("GET", "/v1/deals/index"),
    ("GET", f"/v1/deals/{ID}"),
    ("PUT", f"/v1/deals/{ID}/stage"),
    ("PUT", f"/v1/deals/{ID}/value"),
    ("POST", f"/v1/deals/{ID}/undoing"),
    ("POST", f"/v1/deals/{ID}/won"),
    ("POST", f"/v1/deals/{ID}/lost"),
    ("POST", f"/v1/deals/{ID}/reopening"),
    ("GET", f"/v1/deals/{ID}/activities"),
    ("POST", f"/v1/deals/{ID}/activities"),
    ("PUT", f"/v1/deals/{ID}/activities/{ID}/done"),
    ("GET", "/v1/templates"),
    ("POST", "/v1/templates"),
    ("GET", f"/v1/templates/{ID}"),
    ("POST", f"/v1/templates/{ID}/versions"),
    ("DELETE", f"/v1/templates/{ID}"),
    ("POST", f"/v1/templates/{ID}/preview"),
    ("GET", "/v1/contracts"),
    ("POST", "/v1/contracts"),
    ("GET", f"/v1/contracts/{ID}"),
    ("POST", f"/v1/contracts/{ID}/sending"),
    ("POST", f"/v1/contracts/{ID}/cancelling"),
    ("POST", f"/v1/contracts/{ID}/resending"),
    ("POST", f"/v1/contracts/{ID}/settling"),
    ("GET", f"/v1/contracts/{ID}/file"),
    ("GET", "/v1/conversations"),
    ("GET", f"/v1/conversations/{ID}"),
    ("GET", f"/v1/conversations/{ID}/timeline"),
    ("PUT", f"/v1/conversations/{ID}/floor"),
    ("GET", f"/v1/commands/{ID}"),
    ("GET", "/v1/events"),
    ("GET", "/v1/journeys/holding/state"),
    ("GET", "/v1/journeys/holding/diff"),
    ("GET", "/v1/status"),
    ("POST", "/v1/demo/messages"),
    ("GET", "/v1/demo/mails"),
]
OPEN = [
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/logout"),
    ("POST", "/v1/api-keys/leaked"),
    ("POST", "/v1/auth/password/forgotten"),
    ("POST", "/v1/auth/password/reset"),
    ("POST", "/v1/auth/unlock"),
    ("GET", f"/v1/invitations/{ID}"),
    ("POST", f"/v1/invitations/{ID}/acceptance"),
    ("POST", f"/v1/invitations/{ID}/again"),
    ("GET", f"/v1/files/{ID}/content"),
]
"""Without an access token: what proves who calls is in the request itself."""

TENANT_READS = [
    "/v1/files",
    "/v1/centurions",
    "/v1/instances",
    "/v1/pipelines",
    "/v1/qualification",
    "/v1/services",
    "/v1/pixels",
    "/v1/conversions",
    "/v1/leads",
    "/v1/deals",
    "/v1/templates",
    "/v1/contracts",
    "/v1/conversations",
    "/v1/events",
]


async def test_every_route_is_in_the_matrix_and_documented(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()
    documented = {
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, operations in document["paths"].items()
        for method in operations
    }
    names = (
        "company_id",
        "invitation_id",
        "user_id",
        "role_id",
        "key_id",
        "team_id",
        "session_id",
        "file_id",
        "centurion_id",
        "instance_id",
        "pipeline_id",
        "template_id",
        "contract_id",
        "service_id",
        "pixel_id",
        "conversion_id",
        "lead_id",
        "purpose",
        "deal_id",
        "activity_id",
        "conversation_id",
        "command_id",
        "journey",
    )

    def like(path: str) -> str:
        parts = [part if len(part) != 36 and part != "holding" else "*" for part in path.split("/")]
        return "/".join("*" if part in names else part for part in parts)

    under_v1 = {(method, like(path)) for method, path in documented if path.startswith("/v1")}
    assert under_v1 == {(method, like(path)) for method, path in (*GUARDED, *OPEN)}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status in {"204", "304"}:
                    continue
                assert response.get("content"), (operation["operationId"], status)
                assert all(media.get("schema") for media in response["content"].values())
            if operation["tags"] != ["health"]:
                assert operation["security"] == ([{"bearer": []}] if operation["x-permission"] != "none" else [])
                assert PROBLEM in operation["responses"]["401"]["content"]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic d3Jvbmc=", "Bearer \xff"])
async def test_without_the_token_every_route_is_401(
    world: World, method: str, path: str, authorization: str | None
) -> None:
    headers = {"x-tenant-id": str(uuid4()), "x-legion-position": "0:999999"}  # and it waits for nothing
    if authorization is not None:
        headers["authorization"] = authorization
    async with httpx.AsyncClient(base_url=world.http.base_url, trust_env=False) as nobody:
        answer = await nobody.request(method, path, headers={k: v.encode("latin-1") for k, v in headers.items()})  # type: ignore[arg-type]  # bytes are what stands on the wire
    assert answer.status_code == 401
    assert answer.json()["code"] in {"unauthenticated", "token_invalid"}
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("path", TENANT_READS)
async def test_a_wrong_or_missing_tenant_is_a_problem(world: World, path: str) -> None:
    missing = await world.http.get(path)
    assert (missing.status_code, missing.json()["code"]) == (422, "invalid_input")
    assert missing.json()["errors"][0]["at"] == "header.x-tenant-id"
    for wrong in ("x", "", "0" * 31):
        answer = await world.http.get(path, headers={"x-tenant-id": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "tenant_invalid")


@pytest.mark.parametrize("path", TENANT_READS)
async def test_a_company_that_is_not_there_is_404_to_whoever_reads_it(world: World, path: str) -> None:
    for _ in range(2):  # and it stays unknown
        answer = await world.http.get(path, headers=world.tenant(ID))
        assert (answer.status_code, answer.json()["code"]) == (404, "tenant_not_found")
        assert answer.headers["content-type"] == PROBLEM


async def test_the_status_of_a_conversation_is_documented_with_its_words(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()
    schema = document["components"]["schemas"]["Conversation"]
    assert schema["properties"]["status"]["enum"] == ["idle", "gathering", "replying", "sending"]
    assert "status" in schema["required"]


async def test_another_company_sees_nothing_of_a_lead(world: World) -> None:
    mine, other = await world.company(), await world.company()
    lead, conversation = await world.lead(mine, "Quero saber o preço")
    paths = [f"/v1/leads/{lead}", f"/v1/conversations/{conversation}", f"/v1/conversations/{conversation}/timeline"]
    for path in paths:
        assert (await world.http.get(path, headers=world.tenant(mine))).status_code == 200
        foreign = await world.http.get(path, headers=world.tenant(other))
        assert foreign.status_code == 404
        assert foreign.json()["code"] in {"lead_not_found", "conversation_not_found"}
    taken = await world.http.put(
        f"/v1/conversations/{conversation}/floor", json={"holder": "human"}, headers=world.tenant(other)
    )
    assert (taken.status_code, taken.json()["code"]) == (404, "conversation_not_found")
    for path in ("/v1/leads", "/v1/conversations"):
        assert (await world.http.get(path, headers=world.tenant(other))).json() == {"items": [], "next": None}


async def test_a_lead_is_shown_with_aliases_conversations_and_timeline(world: World) -> None:
    company = await world.company()
    tenant = world.tenant(company)
    lead, conversation = await world.lead(company, "Olá, tudo bem?")
    shown = (await world.http.get(f"/v1/leads/{lead}", headers=tenant)).json()
    assert (shown["lead"]["name"], shown["aliases"][0]["value"]) == ("Maria", "+5511987654321")
    assert [one["id"] for one in shown["conversations"]] == [conversation]
    timeline = (await world.http.get(f"/v1/conversations/{conversation}/timeline", headers=tenant)).json()
    assert [(one["direction"], one["text"]) for one in timeline["items"]] == [("in", "Olá, tudo bem?")]
    status = (await world.http.get(f"/v1/conversations/{conversation}", headers=tenant)).json()["status"]
    assert status == shown["conversations"][0]["status"] == "idle"  # nobody handles: no turn is open
    of_lead = await world.http.get("/v1/conversations", params={"lead": lead}, headers=tenant)
    assert [one["id"] for one in of_lead.json()["items"]] == [conversation]
    of_nobody = await world.http.get("/v1/conversations", params={"lead": str(uuid4())}, headers=tenant)
    assert of_nobody.json()["items"] == []


async def test_the_floor_is_taken_and_given_back_once(world: World) -> None:
    company = await world.company()
    tenant = world.tenant(company)
    _, conversation = await world.lead(company)
    url = f"/v1/conversations/{conversation}"

    async def put(holder: str) -> tuple[int, str]:
        answer = await world.http.put(f"{url}/floor", json={"holder": holder}, headers=tenant)
        return answer.status_code, answer.json().get("code", "")

    assert await put("centurion") == (409, "floor_not_taken")
    assert await put("human") == (200, "")
    assert (await world.http.get(url, headers=tenant)).json()["floor"] == "human"
    assert await put("human") == (409, "floor_already_taken")
    assert await put("centurion") == (200, "")
    assert (await world.http.get(url, headers=tenant)).json()["floor"] == "centurion"
    assert await put("nobody") == (422, "invalid_input")


async def _pages(world: World, path: str, tenant: dict[str, str], cursor: str, *, limit: int = 3) -> list[Any]:
    """All items, page by page."""
    found: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = (await world.http.get(path, params=query, headers=tenant)).json()
        found += page["items"]
        assert len(page["items"]) <= limit
        if page["next"] is None:
            return found
        query[cursor] = page["next"]


async def test_pages_lose_and_double_no_row_while_rows_are_added(world: World) -> None:
    company = await world.company()
    tenant = world.tenant(company)
    old = {lead for lead, _ in await asyncio.gather(*(world.lead(company) for _ in range(10)))}
    added = asyncio.gather(*(world.lead(company) for _ in range(5)))
    walks = [await _pages(world, "/v1/leads", tenant, "after") for _ in range(5)]
    await added
    for walk in walks:
        ids = [lead["id"] for lead in walk]
        assert len(ids) == len(set(ids))
        assert set(ids) >= old
    everything = await _pages(world, "/v1/conversations", tenant, "after")
    assert len({one["id"] for one in everything}) == len(everything) == 15
    at = [one["last_at"] for one in everything]
    assert at == sorted(at, reverse=True)


async def test_a_timeline_pages_backwards(world: World) -> None:
    company = await world.company()
    instance = str(uuid4())
    lead, conversation = await world.lead(company, "m0", instance=instance)
    for number in range(1, 8):
        await world.message(company, lead, f"m{number}", instance=instance)
    path = f"/v1/conversations/{conversation}/timeline"

    async def all_there() -> bool:
        return len((await world.http.get(path, headers=world.tenant(company))).json()["items"]) == 8

    await until("the timeline", all_there)
    found = await _pages(world, path, world.tenant(company), "before")
    assert [one["text"] for one in found] == [f"m{number}" for number in reversed(range(8))]


CURSORS = ["x", "é", "W10", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIlx1MDAwMCJd", "A" * 2000, "bnVsbA"]


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("path", ["/v1/leads", "/v1/conversations"])
async def test_a_cursor_that_is_not_ours_is_refused(world: World, path: str, cursor: str) -> None:
    answer = await world.http.get(path, params={"after": cursor}, headers=world.tenant(await world.company()))
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/leads", {"limit": "0"}),
        ("/v1/leads", {"limit": "201"}),
        ("/v1/leads", {"limit": "x"}),
        ("/v1/conversations", {"lead": "\0"}),
        ("/v1/leads/x", {}),
        ("/v1/leads/%00", {}),
        ("/v1/conversations/x/timeline", {}),
        ("/v1/companies/x", {}),
    ],
)
async def test_parameters_out_of_range_are_422(world: World, path: str, query: dict[str, str]) -> None:
    answer = await world.http.get(path, params=query, headers=world.tenant(await world.company()))
    assert answer.status_code == 422
    assert answer.json()["code"] == ("tenant_invalid" if "companies" in path else "invalid_input")


async def test_what_is_not_there_is_a_problem_too(world: World) -> None:
    for method, path, status, code in (
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/", 404, "not_found"),
        ("DELETE", "/v1/companies", 405, "method_not_allowed"),
        ("GET", f"/v1/companies/{uuid4()}", 404, "tenant_not_found"),
        ("POST", "/v1/demo/messages", 422, "invalid_input"),
        ("GET", "/v1/demo/mails", 404, "no_demo"),
    ):
        answer = await world.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == PROBLEM
    message = {"phone": "5511987654321", "text": "oi"}
    answer = await world.http.post("/v1/demo/messages", json=message)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_demo")


async def test_a_body_that_is_no_text_is_422_and_says_so(world: World) -> None:
    for body in (b"\xff", b"{", b'{"name": "\xc3"}'):
        headers = {"content-type": "application/json"}
        answer = await world.http.post("/v1/companies", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert answer.json()["errors"][0]["at"].startswith("body")


async def test_a_body_over_the_limit_is_413_and_one_without_a_length_is_counted(world: World) -> None:
    large = await world.http.post("/v1/companies", content=b" " * (1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    chunked = await raw(
        world.port, b"POST /v1/companies HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    assert chunked is not None
    assert chunked.status == 401


async def test_browsers_of_the_console_may_call_and_others_may_not(world: World) -> None:
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization,x-tenant-id"}
    ours = await world.http.options("/v1/leads", headers={**asked, "origin": "https://console.example"})
    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, "https://console.example")
    other = await world.http.options("/v1/leads", headers={**asked, "origin": "https://other.example"})
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers


async def test_health_and_metrics_are_open_and_tell_nothing_of_anybody(world: World) -> None:
    async with httpx.AsyncClient(base_url=world.http.base_url, trust_env=False) as probe:
        assert (await probe.get("/health/live")).json() == {"status": "live"}
        ready = await probe.get("/health/ready")
        assert (ready.status_code, ready.json()) == (
            200,
            {"status": "ready", "parts": {"log": "ok", "vault": "ok", "reads": "ok"}},
        )
        company = await world.company()
        await world.http.get(f"/v1/leads/{uuid4()}", headers=world.tenant(company))
        await world.http.request("PROPFIND", "/v1/leads")
        metrics = (await probe.get("/metrics")).text
    assert 'route="/v1/leads/{lead_id}",status="404"' in metrics
    assert 'method="other"' in metrics
    assert company not in metrics
    assert 'legion_api_commands_total{command="CreateCompany",outcome="accepted"}' in metrics


async def test_status_tells_what_waits_in_the_read_database(world: World) -> None:
    answer = await world.http.get("/v1/status")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["live"]) == ("active", True)
    assert all(count["overdue"] <= count["due"] <= count["pending"] for count in told["effects"])
    assert told["quarantine"] == []
