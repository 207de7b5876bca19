"""The edge of a running API: limits, rules, headers, CORS, bodies. Each test comes from an address of its own: the test
itself is the trusted proxy that says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
import orjson
import pytest

from api.edge import quota as quotas
from api.edge.capped import MAX_BODY
from api.edge.headers import DEFAULTS
from embedded.postgres import PostgresConfig
from eventlog.codec import default_codec
from eventlog.topics import Topics
from proof.ground.edge import records
from tests.api.edge import SECRET, new_instance
from tests.api.people import client, join, super_admin
from tests.api.watched import shown
from tests.api.world import World, make_settings, open_world

pytestmark = pytest.mark.stack

RULES = [
    {"id": "scanner", "action": "block", "headers": {"user-agent": "*sqlmap*"}},
    {"id": "trial", "action": "block", "mode": "simulate", "path": "/v1/*"},
    {"id": "nowhere", "action": "block", "countries": ["XX"]},
    {"id": "bursts", "action": "block", "headers": {"x-test": "burst"}, "rate": {"requests": 3, "seconds": 3600}},
]
OF_ADDRESS, OF_CALLER, OF_COMPANY, OF_INSTANCE = 20, 100, 130, 5
NUMBERS = count(1)


@pytest.fixture(scope="module")
async def world(kafka: str, own_postgres: PostgresConfig) -> AsyncIterator[World]:
    limits = {
        "rate_address": OF_ADDRESS,
        "rate_caller": OF_CALLER,
        "rate_company": OF_COMPANY,
        "rate_instance": OF_INSTANCE,
    }
    settings = make_settings(kafka, own_postgres, request_rules=orjson.dumps(RULES).decode(), **limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotas, "PATIENCE_S", 30.0)  # a busy machine is no vault that is away
        async with open_world(settings) as opened:
            yield opened


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Of nobody, from an address that nobody else has."""
    headers = {"x-forwarded-for": f"198.51.100.{next(NUMBERS)}"}
    async with httpx.AsyncClient(base_url=world.http.base_url, headers=headers, trust_env=False, timeout=60) as made:
        yield made


async def statuses(http: httpx.AsyncClient, calls: int, path: str = "/v1/me", **headers: str) -> list[int]:
    """All at once, sorted."""
    answers = await asyncio.gather(*(http.get(path, headers=headers) for _ in range(calls)))
    return sorted(answer.status_code for answer in answers)


async def test_an_address_without_login_has_its_limit_and_is_told(world: World, http: httpx.AsyncClient) -> None:
    first = await http.get("/v1/me")
    assert first.status_code == 401
    assert first.headers["ratelimit-policy"] == f'"address";q={OF_ADDRESS};w=60'
    assert first.headers["ratelimit"].startswith(f'"address";r={OF_ADDRESS - 1};t=')
    assert await statuses(http, OF_ADDRESS) == [401] * (OF_ADDRESS - 1) + [429]
    refused = await http.get("/v1/me", headers={"authorization": "Bearer made-up"})  # proves nothing: the same limit
    told = refused.json()
    assert (refused.status_code, told["code"], told["violated-policies"]) == (429, "rate_limited", ["address"])
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert f"more than {OF_ADDRESS} calls in 60 s of one address: again in" in told["detail"]
    assert refused.headers["ratelimit"].startswith('"address";r=0;t=')
    # Another address, who has a token, and who only asks whether we live: none of it is theirs.
    assert (await world.http.get("/v1/me", headers={"x-forwarded-for": "198.51.100.250"})).status_code != 429
    assert await statuses(http, 30, "/health/live") == [200] * 30


async def test_a_caller_and_their_company_have_theirs_wherever_they_call_from(world: World) -> None:
    company, other = await world.company(), await world.company()
    ana, bia, carla = [await join(world, each, "viewer") for each in (company, company, other)]

    async def calls(person: Any, number: int) -> list[int]:
        async with client(world) as each:
            return await statuses(each, number, authorization=f"Bearer {person.token}")

    assert await calls(ana, OF_CALLER + 10) == [200] * OF_CALLER + [429] * 10
    left = OF_COMPANY - OF_CALLER
    assert await calls(bia, left + 10) == [200] * left + [429] * 10
    refused = await bia.call("GET", "/v1/me")
    assert refused.json()["violated-policies"] == ["company"]
    assert refused.headers["ratelimit-policy"] == f'"caller";q={OF_CALLER};w=60, "company";q={OF_COMPANY};w=60'
    # To name another's company in the request spends nothing of theirs.
    assert await calls(carla, 5) == [200] * 5


async def test_an_instance_has_its_own_and_the_provider_is_told_to_come_again(world: World) -> None:
    mine, other = await new_instance(world.vault), await new_instance(world.vault)
    headers = {"x-webhook-secret": SECRET}
    stranger = await world.http.post(mine.path, content=b"{}", headers={"x-webhook-secret": "wrong-secret-of-16"})
    assert stranger.status_code == 503  # and spends nothing
    answers = [await world.http.post(mine.path, content=b"{}", headers=headers) for _ in range(OF_INSTANCE + 1)]
    assert [answer.status_code for answer in answers] == [200] * OF_INSTANCE + [503]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "ratelimit" not in answers[0].headers
    assert (await world.http.post(other.path, content=b"{}", headers=headers)).status_code == 200


async def test_a_rule_blocks_and_says_which_and_a_simulated_one_only_counts(
    world: World, http: httpx.AsyncClient
) -> None:
    blocked = await http.get("/v1/me", headers={"user-agent": "sqlmap/1.7"})
    assert (blocked.status_code, blocked.json()["code"]) == (403, "request_blocked")
    assert blocked.json()["detail"] == "by request rule scanner"
    assert (await http.get("/v1/me", headers={"user-agent": "axios"})).status_code == 401  # `trial` would block it
    assert (await http.get("/v1/me", headers={"cf-ipcountry": "xx"})).status_code == 403
    assert (await http.get("/v1/me", headers={"cf-ipcountry": "BR"})).status_code == 401
    burst = await statuses(http, 5, **{"x-test": "burst"})
    assert burst == [401, 401, 401, 403, 403]
    assert (await http.get("/health/live", headers={"user-agent": "sqlmap/1.7"})).status_code == 200
    metrics = (await http.get("/metrics")).text
    assert 'legion_api_request_rules_total{action="block",mode="enforce",rule="scanner"}' in metrics
    assert 'legion_api_request_rules_total{action="block",mode="simulate",rule="trial"}' in metrics


async def test_a_provider_that_a_rule_blocks_is_told_to_come_again(world: World) -> None:
    instance = await new_instance(world.vault)
    blocked = {"x-webhook-secret": SECRET, "user-agent": "sqlmap"}
    answer = await world.http.post(instance.path, content=b"{}", headers=blocked)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_what_the_edge_refuses_is_counted_for_auditors(world: World, http: httpx.AsyncClient) -> None:
    company = await world.company()
    eager, boss = await join(world, company, "company_admin"), await super_admin(world)
    async with client(world) as each:
        told = await statuses(each, OF_CALLER + 3, authorization=f"Bearer {eager.token}")
    assert told[-3:] == [429] * 3
    assert await statuses(http, 2, **{"user-agent": "sqlmap"}) == [403] * 2
    # Whose calls they were is told to their company; who proved nothing is the holding's affair.
    limited = await shown(world, boss, company, 3, kind="rate_limited")
    assert {(row["about"], row["network"]) for row in limited} == {(eager.user, "127.0.0.0/24")}
    blocked = await shown(world, boss, None, 2, kind="rule_blocked")
    assert "198.51.100.0/24" in {row["network"] for row in blocked}


async def test_every_answer_has_the_security_headers(world: World, http: httpx.AsyncClient) -> None:
    answers = [
        await http.get("/health/live"),
        await http.get("/openapi.json"),
        await http.get("/v1/me"),
        await http.get("/nothing"),
        await http.get("/v1/me", headers={"user-agent": "sqlmap"}),
        await http.post("/v1/auth/login", content=b" " * (MAX_BODY + 1)),
        await http.options("/v1/me", headers={"origin": "https://x.example", "access-control-request-method": "GET"}),
        await http.post("/ingress/evolution/nobody", content=b"{}"),
        await world.http.get("/v1/companies"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 401, 404, 403, 413, 400, 503, 200]
    for answer in answers:
        assert answer.headers.items() >= {**DEFAULTS, "strict-transport-security": "max-age=31536000"}.items()


async def test_the_docs_page_may_load_its_parts_and_nothing_else(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.status_code == 200
    policy = dict(each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert "unsafe" not in policy["script-src"]
    for part in [each.split('"')[0] for each in page.text.split('src="')[1:]]:
        assert part.startswith(policy["script-src"].split(" ")[0])
    assert page.text.count("<script>") == policy["script-src"].count("'sha256-")


FOREIGN = [
    "https://other.example",
    "null",
    "https://evil.console.example",
    "https://console.example.evil.com",
    "https://xconsole.example",
    "http://console.example",
    "https://console.example:8443",
    "https://CONSOLE.example",
    "*",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_page_of_another_origin_is_not_let_in(http: httpx.AsyncClient, origin: str) -> None:
    asked = {"origin": origin, "access-control-request-method": "GET"}
    for answer in (await http.options("/v1/leads", headers=asked), await http.get("/v1/me", headers=asked)):
        assert not [name for name in answer.headers if name == "access-control-allow-origin"]
    assert (await http.options("/v1/leads", headers=asked)).status_code in {400, 405}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_page_of_the_console_is(http: httpx.AsyncClient, method: str) -> None:
    asked = {
        "origin": "https://console.example",
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,if-match,idempotency-key,x-tenant-id",
    }
    ours = await http.options("/v1/leads", headers=asked)
    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, "https://console.example")
    refused = await http.get("/v1/me", headers={"origin": "https://console.example"})
    assert {"etag", "ratelimit", "retry-after"} <= set(refused.headers["access-control-expose-headers"].split(", "))


async def test_a_body_without_a_length_is_counted(http: httpx.AsyncClient) -> None:
    async def chunks(number: int) -> AsyncIterator[bytes]:
        for _ in range(number):
            yield b" " * 65536

    within = await http.post("/v1/auth/login", content=chunks(MAX_BODY // 65536))
    assert within.status_code == 422
    beyond = await http.post("/v1/auth/login", content=chunks(MAX_BODY // 65536 + 1))
    assert (beyond.status_code, beyond.json()["code"]) == (413, "body_too_large")
    assert beyond.json()["detail"] == f"at most {MAX_BODY} bytes: more than {MAX_BODY} bytes"


async def test_an_event_carries_the_trace_of_its_request(world: World) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"  # pragma: allowlist secret
    body = {"slug": "traced", "name": "Traced"}
    made = await world.http.post("/v1/companies", json=body, headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert made.status_code == 200
    ids = set(made.json()["events"])
    topic = Topics(world.settings.topic_prefix).events
    found = [default_codec().decode(record.value) for record in await records(world.settings.kafka_bootstrap, topic)]
    parents = [each.meta.traceparent for each in found if hasattr(each, "meta") and each.meta.event_id in ids]
    assert parents
    assert all(parent is not None and parent.startswith(f"00-{trace}-") for parent in parents)
