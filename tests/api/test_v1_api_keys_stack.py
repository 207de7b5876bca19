"""API keys over the API: made by who may, good for their company and their scopes, gone at once, told to the log."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.kernel.actor import Permission
from domain.kernel.ids import HOLDING_TENANT
from streams.relay import Relay
from tests.api.people import Person, client, join
from tests.api.sse import listening
from tests.api.world import World, until
from vault.accounts.api_keys import ABUSED
from vault.accounts.key_text import KeyKind, kind_of, new_text

pytestmark = pytest.mark.stack
REVOKED_S = 5.0
READS = ["company:read", "lead:read"]
BODY: dict[str, Any] = {"name": "CRM", "scopes": READS}


def path(company: str, *more: str) -> str:
    return "/".join((f"/v1/companies/{company}/api-keys", *more))


async def make(by: Person | World, company: str, **more: Any) -> dict[str, Any]:
    """The answer: the key and its secret."""
    answer = await post(by, path(company), BODY | more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json())


async def post(by: Person | World, where: str, body: Any, **headers: str) -> httpx.Response:
    if isinstance(by, Person):
        return await by.call("POST", where, body, **headers)
    return await by.http.post(where, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


async def call(world: World, secret: str, method: str, where: str, body: Any = None, **headers: str) -> httpx.Response:
    """As the machine."""
    given = {"authorization": f"Bearer {secret}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    async with client(world) as http:
        return await http.request(method, where, json=body, headers=given)


async def test_a_machine_does_what_its_scopes_say_in_its_company_and_nothing_else(world: World) -> None:
    company, other = await world.company(), await world.company()
    lead, _ = await world.lead(company)
    admin = await join(world, company, "company_admin")
    made = await make(admin, company, scopes=READS)
    secret = made["secret"]
    assert kind_of(secret) == made["key"]["kind"] == "live"
    assert made["key"]["secrets"][0]["prefix"] == secret[:12]
    assert made["key"]["made_by"] == f"user:{admin.user}"
    assert (await call(world, secret, "GET", f"/v1/leads/{lead}", x_tenant_id=company)).status_code == 200
    assert [each["id"] for each in (await call(world, secret, "GET", "/v1/companies")).json()] == [company]
    tries = [
        ("GET", "/v1/leads", None, {"x_tenant_id": other}, "tenant_mismatch"),
        ("GET", "/v1/leads", None, {"x_tenant_id": str(uuid4())}, "tenant_mismatch"),
        ("GET", f"/v1/companies/{other}", None, {}, "tenant_mismatch"),
        ("GET", f"/v1/companies/{other}", None, {"x_tenant_id": company}, "tenant_mismatch"),
        ("GET", path(HOLDING_TENANT), None, {}, "forbidden"),
        ("GET", "/v1/instances", None, {"x_tenant_id": company}, "forbidden"),
        ("PUT", f"/v1/companies/{company}/name", {"name": "Mine"}, {}, "forbidden"),
        ("POST", path(company), BODY, {}, "forbidden"),
        ("GET", path(company), None, {}, "forbidden"),
        ("POST", f"/v1/companies/{company}/invitations", {"email": "x@example.org", "role": "sdr"}, {}, "forbidden"),
        ("GET", "/v1/users", None, {}, "forbidden"),
        ("GET", "/v1/me", None, {}, "not_a_user"),
        ("PUT", "/v1/me/name", {"name": "Machine"}, {}, "not_a_user"),
    ]
    for method, where, body, headers, code in tries:
        answer = await call(world, secret, method, where, body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, code), (method, where, answer.text)


async def test_what_a_machine_writes_is_its_own_and_the_same_after_a_rotation(world: World) -> None:
    company = await world.company()
    made = await make(world, company, scopes=["company:read", "company:settings"])
    rename = ("PUT", f"/v1/companies/{company}/name", {"name": "Renamed"})
    first = await call(world, made["secret"], *rename, idempotency_key="once")
    assert first.status_code == 200, first.text
    rotated = await post(world, path(company, made["key"]["id"], "rotation"), {})
    assert rotated.status_code == 201, rotated.text
    assert rotated.json()["key"]["id"] == made["key"]["id"]
    again = await call(world, rotated.json()["secret"], *rename, idempotency_key="once")
    assert again.json() == first.json()
    for secret in (made["secret"], rotated.json()["secret"]):  # both work while they overlap
        outcome = await call(world, secret, "GET", f"/v1/commands/{first.json()['command_id']}?journey=holding")
        assert outcome.json()["status"] == "accepted"
    listed = (await world.http.get(path(company))).json()
    assert [len(each["secrets"]) for each in listed] == [2]
    assert all(each["last_used_at"] for each in listed[0]["secrets"])
    assert made["secret"] not in str(listed)


async def test_a_test_key_reads_and_nothing_else(world: World) -> None:
    company = await world.company()
    made = await make(world, company, kind="test")
    assert made["secret"].startswith("sk_test_")
    assert (await call(world, made["secret"], "GET", "/v1/leads", x_tenant_id=company)).status_code == 200
    refused = await post(world, path(company), BODY | {"kind": "test", "scopes": ["lead:read", "company:settings"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "scope_not_for_test_keys")
    assert "company:settings" in refused.json()["detail"]
    body = BODY | {"scopes": ["lead:manage"]}
    assert (await world.http.put(path(company, made["key"]["id"]), json=body)).json()[
        "code"
    ] == "scope_not_for_test_keys"


async def test_in_a_suspended_company_a_machine_only_reads(world: World) -> None:
    company = await world.company()
    secret = (await make(world, company, scopes=["company:read", "company:settings"]))["secret"]
    rename = ("PUT", f"/v1/companies/{company}/name")
    assert (await call(world, secret, *rename, {"name": "Before"})).status_code == 200
    suspended = await world.http.put(f"/v1/companies/{company}/suspension", json={"reason": "unpaid"})
    assert suspended.status_code == 200

    async def refused() -> bool:
        answer = await call(world, secret, *rename, {"name": uuid4().hex})
        return (answer.status_code, answer.json().get("code")) == (403, "forbidden")

    await until("403", refused, REVOKED_S)
    assert (await call(world, secret, "GET", f"/v1/companies/{company}")).status_code == 200


async def test_nobody_gives_a_machine_what_they_may_not_do(world: World) -> None:
    company = await world.company()
    role = await world.http.post(
        f"/v1/companies/{company}/roles", json={"name": "Keys", "permissions": ["api_key:manage", "lead:read"]}
    )
    keeper = await join(world, company, role.json()["role"])
    mine = await make(keeper, company, scopes=["lead:read"])
    strong = await make(world, company, scopes=["lead:read", "lead:erase"])
    for refused in (
        await post(keeper, path(company), BODY | {"scopes": ["lead:read", "lead:erase"]}),
        await post(keeper, path(company, strong["key"]["id"], "rotation"), {}),
        await keeper.call("PUT", path(company, mine["key"]["id"]), BODY | {"scopes": ["lead:erase"]}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "beyond_own_rights")
        assert "lead:erase" in refused.json()["detail"]
    narrower = await keeper.call("PUT", path(company, strong["key"]["id"]), {"name": "Less", "scopes": ["lead:read"]})
    assert narrower.status_code == 200, narrower.text
    for people in ("member:manage", "role:manage", "session:manage", "api_key:manage", "company:manage", "user:self"):
        refused = await post(world, path(company), BODY | {"scopes": [people]})
        assert (refused.status_code, refused.json()["code"]) == (422, "scope_not_for_machines"), people
    sdr = await join(world, company, "sdr")
    assert (await post(sdr, path(company), BODY)).json()["code"] == "forbidden"
    manager = await join(world, await world.company(), "company_admin")
    for method, where in (("GET", path(company)), ("DELETE", path(company, mine["key"]["id"]))):
        assert (await manager.call(method, where)).json()["code"] == "tenant_mismatch"
    elsewhere = await manager.call(
        "DELETE", path((await manager.call("GET", "/v1/companies")).json()[0]["id"], mine["key"]["id"])
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "unknown_key")


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"name": ""}, "body.name"),
        ({"name": "   "}, "body.name"),
        ({"name": "x" * 201}, "body.name"),
        ({"scopes": []}, "body.scopes"),
        ({"scopes": ["lead:fly"]}, "body.scopes.0"),
        ({"scopes": "lead:read"}, "body.scopes"),
        ({"networks": ["300.0.0.1"]}, "body.networks.0"),
        ({"networks": ["192.0.2.7/24"]}, "body.networks.0"),
        ({"networks": ["192.0.2.0/24", ""]}, "body.networks.1"),
        ({"networks": ["10.0.0.0/8"] * 51}, "body.networks"),
        ({"expires_at": "tomorrow"}, "body.expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, "body.expires_at"),
        ({"kind": "prod"}, "body.kind"),
        ({"secret": "mine"}, "body.secret"),
    ],
)
async def test_a_wrong_body_is_refused_by_the_field(world: World, wrong: dict[str, Any], at: str) -> None:
    company = await world.company()
    refused = await world.http.post(path(company), json=BODY | wrong)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["at"] == at
    assert (await world.http.get(path(company))).json() == [], "nothing half done"


async def test_what_cannot_be_is_refused_and_leaves_nothing(world: World) -> None:
    company = await world.company()
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    refused = await world.http.post(path(company), json=BODY | {"expires_at": past})
    assert (refused.status_code, refused.json()["code"]) == (422, "expires_in_the_past")
    holding = await world.http.post(path(HOLDING_TENANT), json=BODY)
    assert (holding.status_code, holding.json()["code"]) == (404, "tenant_not_found")
    made = await make(world, company)
    for wrong in ({"overlap_s": -1}, {"overlap_s": 604801}, {"overlap_s": 1.5}, {"overlap_s": "1"}, {"overlap": 1}):
        answer = await world.http.post(path(company, made["key"]["id"], "rotation"), json=wrong)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["at"] == f"body.{next(iter(wrong))}"
    assert (await world.http.get(path(company, str(uuid4())))).json()["code"] == "unknown_key"
    assert (await world.http.get(path(company, made["key"]["id"]))).json() == (
        await world.http.get(path(company))
    ).json()[0]
    assert len((await world.http.get(path(company))).json()[0]["secrets"]) == 1


async def test_the_same_call_again_makes_one_key_and_does_not_show_it(world: World) -> None:
    company = await world.company()
    headers = {"idempotency-key": "one"}
    answers = await asyncio.gather(*(world.http.post(path(company), json=BODY, headers=headers) for _ in range(5)))
    made = [each for each in answers if each.status_code == 201]
    assert len(made) == 1
    key = made[0].json()["key"]["id"]
    for other in answers:
        if other is not made[0]:
            assert (other.status_code, other.json()["code"]) == (409, "key_already_made")
            assert key in other.json()["detail"]
            assert "sk_" not in other.text
    rotations = [
        await world.http.post(path(company, key, "rotation"), json={"overlap_s": 0}, headers=headers) for _ in range(2)
    ]
    assert [each.status_code for each in rotations] == [201, 409]
    assert rotations[1].json()["code"] == "key_already_rotated"
    [listed] = (await world.http.get(path(company))).json()
    assert len(listed["secrets"]) == 2


async def gone(world: World, secret: str, company: str, code: str) -> float:
    """Seconds until it is refused with this."""
    began = time.monotonic()

    async def refused() -> bool:
        answer = await call(world, secret, "GET", "/v1/leads", x_tenant_id=company)
        return answer.status_code == 401 and answer.json()["code"] == code

    await until("401", refused, REVOKED_S)
    return time.monotonic() - began


async def test_revoked_it_is_gone_within_seconds_also_for_who_streams(world: World) -> None:
    company = await world.company()
    made = await make(world, company)
    where = path(company, made["key"]["id"])
    given = {"authorization": f"Bearer {made['secret']}", "x-tenant-id": company}
    async with client(world) as http, http.stream("GET", "/v1/events", headers=given) as stream:
        assert stream.status_code == 200
        frames = stream.aiter_lines()
        assert (await anext(frames)).startswith("retry")
        assert [(await world.http.delete(where)).status_code for _ in range(2)] == [204, 204]
        await gone(world, made["secret"], company, "key_revoked")
        async with asyncio.timeout(REVOKED_S):
            async for _ in frames:
                pass
    assert (await world.http.get(where)).json()["revoked_why"] == "by_admin"
    for refused in (
        await post(world, path(company, made["key"]["id"], "rotation"), {}),
        await world.http.put(where, json=BODY),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "key_revoked")


async def test_narrowed_it_may_less_within_seconds(world: World) -> None:
    company = await world.company()
    made = await make(world, company)
    changed = await world.http.put(path(company, made["key"]["id"]), json=BODY | {"scopes": ["company:read"]})
    assert changed.json()["scopes"] == ["company:read"]

    async def refused() -> bool:
        return (await call(world, made["secret"], "GET", "/v1/leads", x_tenant_id=company)).status_code == 403

    await until("403", refused, REVOKED_S)


async def test_from_elsewhere_it_is_refused_and_soon_revoked(world: World) -> None:
    company = await world.company()
    there, here = (
        await make(world, company, networks=["192.0.2.0/24"]),
        await make(world, company, networks=["127.0.0.0/8"]),
    )
    assert (await call(world, here["secret"], "GET", "/v1/leads", x_tenant_id=company)).status_code == 200
    for _ in range(ABUSED):
        refused = await call(world, there["secret"], "GET", "/v1/leads", x_tenant_id=company)
        assert refused.status_code == 401
    await gone(world, there["secret"], company, "key_revoked")
    shown = (await world.http.get(path(company, there["key"]["id"]))).json()
    assert (shown["revoked_why"], shown["secrets"][0]["last_used_at"]) == ("abused", None)


async def test_who_finds_a_key_ends_it(world: World) -> None:
    company = await world.company()
    made, other = await make(world, company), await make(world, company)

    async def report(key: Any) -> httpx.Response:
        async with client(world) as http:
            return await http.post("/v1/api-keys/leaked", json={"key": key})

    assert (await report(new_text(KeyKind.LIVE))).status_code == 204, "nobody learns which keys there are"
    malformed = await report(made["secret"][:-1])
    assert (malformed.status_code, malformed.json()["code"]) == (422, "key_malformed")
    assert (await report(7)).json()["errors"][0]["at"] == "body.key"
    assert (await call(world, made["secret"], "GET", "/v1/leads", x_tenant_id=company)).status_code == 200
    assert [(await report(made["secret"])).status_code for _ in range(2)] == [204, 204]
    await gone(world, made["secret"], company, "key_revoked")
    assert (await world.http.get(path(company, made["key"]["id"]))).json()["revoked_why"] == "leaked"
    assert (await call(world, other["secret"], "GET", "/v1/leads", x_tenant_id=company)).status_code == 200


async def test_what_was_done_to_keys_stands_in_the_log_without_their_secrets(world: World) -> None:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    made = await make(admin, company, name="Maria's laptop")
    key = made["key"]["id"]
    await admin.call("PUT", path(company, key), BODY | {"scopes": ["lead:read"], "networks": ["127.0.0.0/8"]})
    rotated = (await post(admin, path(company, key, "rotation"), {"overlap_s": 60})).json()
    await admin.call("DELETE", path(company, key))
    await admin.call("DELETE", path(company, key))
    waiting = await world.vault.outbox.waiting(older_than=timedelta(0), limit=1000)
    relay = Relay(world.vault, world.commands, None)  # type: ignore[arg-type]  # no denial is asked about
    for put in waiting:
        for secret in (made["secret"], rotated["secret"]):
            assert secret[12:].encode() not in put.value
        assert b"Maria" not in put.value
    await relay._send(waiting)

    async with listening(world.http, company, after="start") as feed:

        async def told() -> Any:
            found = [each for each in feed.events if each["data"].get("about") == key]
            return found if len(found) == 4 else None

        events = await until("the security events", told)
    acts = [each["data"]["act"] for each in events]
    assert acts == ["api_key_created", "api_key_changed", "api_key_rotated", "api_key_revoked"]
    changes = {each["field"]: (each["before"], each["after"]) for each in events[1]["data"]["changes"]}
    assert changes == {"scopes": ("company:read lead:read", "lead:read"), "networks": (None, "127.0.0.0/8")}


def test_every_scope_is_a_permission() -> None:
    assert set(READS) <= {permission.value for permission in Permission}
