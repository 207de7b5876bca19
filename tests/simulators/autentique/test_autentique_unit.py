"""The Autentique simulator over HTTP: what signers do, webhooks and their retries, faults, and what was billed."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gateways.autentique.verify import verify
from gateways.autentique.webhook import TYPES, Hint, Unread, normalise, read
from proof.ground.simulator import simulator
from simulators.autentique.delivery import WAITS_S
from tests.simulators.webhooks import Receiver, receiving

PDF = b"%PDF-1.7\nours\n%%EOF\n"
SECRET = "s3"
CREATE = """
mutation($document: DocumentInput!, $signers: [SignerInput!]!, $file: Upload!, $sandbox: Boolean) {
  createDocument(document: $document, signers: $signers, file: $file, sandbox: $sandbox) {
    id name signatures { public_id action { name } link { short_link } }
  }
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.autentique", "--retry-scale", "0.0005") as url:
        yield url


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def sim(server: str, hook: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an account of its own, whose events go to `hook`."""
    token = uuid.uuid4().hex
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server, headers=headers, trust_env=False, timeout=10) as client:
        await point(client, hook)
        yield client
        await client.delete("/_faults")


async def point(sim: httpx.AsyncClient, hook: Receiver, shape: str = "data") -> None:
    token = sim.headers["authorization"].removeprefix("Bearer ")
    asked = {"token": token, "url": hook.url, "secret": SECRET, "shape": shape}
    (await sim.put("/_sim/webhook", json=asked)).raise_for_status()


async def ask(sim: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await sim.post("/v2/graphql", json={"query": query, "variables": variables})).json()
    return found


async def create(sim: httpx.AsyncClient, *names: str, sandbox: bool = False, **document: Any) -> dict[str, Any]:
    """A document with a signer for each name; its signatures without the author's."""
    variables = {
        "document": {"name": f"Contrato [{uuid.uuid4()}]", "refusable": True, **document},
        "signers": [{"name": name, "action": "SIGN"} for name in names or ("Rosa",)],
        "sandbox": sandbox,
        "file": None,
    }
    data = {"operations": json.dumps({"query": CREATE, "variables": variables}), "map": '{"0":["variables.file"]}'}
    answer = (await sim.post("/v2/graphql", data=data, files={"0": ("x.pdf", PDF, "application/pdf")})).json()
    made: dict[str, Any] = answer["data"]["createDocument"]
    made["signatures"] = [each for each in made["signatures"] if each["action"]]
    return made


async def act(sim: httpx.AsyncClient, made: dict[str, Any], signer: int, what: str, **body: Any) -> httpx.Response:
    public_id = made["signatures"][signer]["public_id"]
    return await sim.post(f"/_sim/documents/{made['id']}/signatures/{public_id}/{what}", json=body)


def types(hook: Receiver) -> list[str]:
    return [body["event"]["type"] for body in hook.bodies]


def hints(hook: Receiver) -> list[Hint]:
    found = [normalise(raw) for raw in hook.raw]
    assert all(isinstance(each, Hint) for each in found)
    return [each for each in found if isinstance(each, Hint)]


async def fault(sim: httpx.AsyncClient, **asked: Any) -> None:
    (await sim.post("/_faults", json={"count": 1, **asked})).raise_for_status()


@pytest.mark.parametrize("shape", ["data", "object"])
async def test_a_document_is_signed_and_every_step_is_told(sim: httpx.AsyncClient, hook: Receiver, shape: str) -> None:
    await point(sim, hook, shape)
    made = await create(sim, "Rosa", "Ana", sandbox=True)
    assert (await act(sim, made, 0, "view")).status_code == 200
    assert (await act(sim, made, 0, "sign")).status_code == 200
    assert (await act(sim, made, 1, "sign")).status_code == 200
    await hook.until(lambda: "document.finished" in types(hook) and len(hook.raw) == 10)
    told = hints(hook)
    assert sorted({hint.type for hint in told}) == [
        "document.created",
        "document.finished",
        "document.updated",
        "signature.accepted",
        "signature.created",
        "signature.viewed",
    ]
    assert {hint.document_id for hint in told} == {made["id"]}
    assert all(hint.known for hint in told)
    assert len({hint.event_id for hint in told}) == 10
    accepted = {hint.signature_id for hint in told if hint.type == "signature.accepted"}
    assert accepted == {each["public_id"] for each in made["signatures"]}
    assert {hint.sandbox for hint in told if hint.type.startswith("document.")} == {True}
    for raw, headers in zip(hook.raw, hook.headers, strict=True):
        assert verify(headers, raw, [SECRET]) is True
        assert verify(headers, raw + b" ", [SECRET]) is False
        assert verify(headers, raw, ["other"]) is False


async def test_a_rejection_tells_its_reason(sim: httpx.AsyncClient, hook: Receiver) -> None:
    made = await create(sim, "Rosa", "Ana", stop_on_rejected=True)
    await act(sim, made, 0, "reject", reason="preço")
    await hook.until(lambda: "signature.rejected" in types(hook))
    (rejected,) = [hint for hint in hints(hook) if hint.type == "signature.rejected"]
    assert rejected.reason == "preço"
    assert (await act(sim, made, 1, "sign")).status_code == 409
    assert (await act(sim, made, 0, "sign")).status_code == 409
    firm = await create(sim, refusable=False)
    assert (await act(sim, firm, 0, "reject")).status_code == 409


async def test_the_order_counts_when_it_is_asked_for(sim: httpx.AsyncClient) -> None:
    made = await create(sim, "Rosa", "Ana", sortable=True)
    assert (await act(sim, made, 1, "sign")).status_code == 409
    assert (await act(sim, made, 0, "sign")).status_code == 200
    assert (await act(sim, made, 1, "sign")).status_code == 200


async def test_nobody_signs_after_the_deadline(sim: httpx.AsyncClient) -> None:
    made = await create(sim)
    assert (await sim.post(f"/_sim/documents/{made['id']}/expire")).status_code == 200
    assert (await act(sim, made, 0, "sign")).status_code == 409


async def test_only_documents_with_force_are_billed_deleted_ones_too(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await create(sim, sandbox=True)
    made = await create(sim)
    reference = made["name"].partition("[")[2].rstrip("]")
    deleted = await ask(sim, "mutation($id: UUID!) { deleteDocument(id: $id) }", id=made["id"])
    assert deleted == {"data": {"deleteDocument": True}}
    await hook.until(lambda: "document.deleted" in types(hook))
    bill = (await sim.get("/_sim/billed", params={"reference": reference})).json()
    assert bill == {"count": 1, "documents": [made["id"]]}
    listed = await ask(sim, "query($s: String) { documents(search: $s) { total } }", s=reference)
    assert listed["data"]["documents"]["total"] == 0
    query = "query($s: String) { documents(search: $s, include_deleted: true) { total data { deleted_at } } }"
    assert (await ask(sim, query, s=reference))["data"]["documents"]["total"] == 1


async def test_a_mail_that_does_not_arrive(sim: httpx.AsyncClient, hook: Receiver) -> None:
    made = await create(sim)
    await act(sim, made, 0, "undelivered", reason="no such mailbox")
    await hook.until(lambda: "signature.delivery_failed" in types(hook))
    assert hints(hook)[-1].reason == "no such mailbox"


async def test_failed_deliveries_follow_the_ladder(sim: httpx.AsyncClient, hook: Receiver) -> None:
    assert WAITS_S == (60.0, 120.0, 300.0)
    made = await create(sim)
    await hook.until(lambda: len(hook.raw) == 2)
    hook.answers = [500, 401, 302]
    await act(sim, made, 0, "view")
    await hook.until(lambda: len(hook.raw) == 6)
    assert len(set(hook.raw[2:])) == 1
    hook.answers = [503] * 4
    await act(sim, made, 0, "undelivered")
    await hook.until(lambda: len(hook.raw) == 10)
    await asyncio.sleep(0.05)
    rows = (await sim.get("/_sim/deliveries", params={"document": made["id"]})).json()
    assert [(row["outcome"], row["attempts"]) for row in rows[2:]] == [
        ("delivered", [500, 401, 302, 200]),
        ("exhausted", [503, 503, 503, 503]),
    ]


async def test_duplicates_are_the_same_bytes(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await fault(sim, kind="duplicate", copies=3, only=["signature.viewed"])
    made = await create(sim)
    await act(sim, made, 0, "view")
    await hook.until(lambda: types(hook).count("signature.viewed") == 4)
    event = next(body["event"]["id"] for body in hook.bodies if body["event"]["type"] == "signature.viewed")
    again = await sim.post("/_sim/deliveries/again", json={"event_id": event, "times": 2})
    assert again.json() == {"sent": 2}
    await hook.until(lambda: types(hook).count("signature.viewed") == 6)
    assert len({raw for raw in hook.raw if b"signature.viewed" in raw}) == 1
    assert (await sim.post("/_sim/deliveries/again", json={"event_id": "x"})).json() == {"sent": 0}


async def test_held_webhooks_come_in_another_order(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await sim.post("/_sim/hold")
    made = await create(sim)
    await act(sim, made, 0, "sign")
    assert hook.raw == []
    order = (await sim.post("/_sim/release", json={})).json()["order"]
    assert order == types(hook)
    assert order[0] == "document.finished"
    assert order[-1] == "document.created"
    await sim.post("/_sim/hold")
    await act(sim, await create(sim), 0, "sign")
    shuffled = (await sim.post("/_sim/release", json={"seed": 7})).json()["order"]
    assert sorted(shuffled) == sorted(order)
    assert shuffled != order


@pytest.mark.parametrize("kind", ["forge", "alter"])
async def test_forged_and_altered_webhooks_are_not_genuine(sim: httpx.AsyncClient, hook: Receiver, kind: str) -> None:
    await fault(sim, kind=kind, only=["document.created"])
    await create(sim)
    await hook.until(lambda: len(hook.raw) == 2)
    verdicts = [verify(headers, raw, [SECRET]) for raw, headers in zip(hook.raw, hook.headers, strict=True)]
    assert sorted(verdicts, key=str) == [False, True]


async def test_dropped_and_delayed_webhooks(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await fault(sim, kind="drop", only=["document.created"])
    await fault(sim, kind="delay", seconds=0.2, only=["signature.created"])
    made = await create(sim)
    await act(sim, made, 0, "view")
    await hook.until(lambda: len(hook.raw) == 2)
    assert types(hook) == ["signature.viewed", "signature.created"]
    outcomes = [row["outcome"] for row in (await sim.get("/_sim/deliveries", params={"document": made["id"]})).json()]
    assert outcomes.count("dropped") == 1


async def test_any_event_can_be_told_of_any_time(sim: httpx.AsyncClient, hook: Receiver) -> None:
    made = await create(sim)
    await hook.until(lambda: len(hook.raw) == 2)
    for kind in sorted(TYPES):
        about = {} if kind.startswith("member.") else {"document_id": made["id"]}
        if kind.startswith("signature."):
            about["public_id"] = made["signatures"][0]["public_id"]
        token = sim.headers["authorization"].removeprefix("Bearer ")
        answer = await sim.post("/_sim/events", json={"type": kind, "token": token, **about})
        assert answer.json() == {"sent": True}
    await hook.until(lambda: len(hook.raw) == 19)
    assert {hint.type for hint in hints(hook)} == TYPES
    old = datetime.now(UTC) - timedelta(days=16)
    asked = {"type": "document.finished", "document_id": made["id"], "created_at": old.isoformat()}
    await sim.post("/_sim/events", json=asked)
    await hook.until(lambda: len(hook.raw) == 20)
    late = read(hook.raw[-1], datetime.now(UTC))
    assert isinstance(late, Unread)
    assert late.code == "event_expired"


async def test_the_schema_refuses_what_autentique_does_not_have(sim: httpx.AsyncClient) -> None:
    unknown = await ask(sim, "{ documents { total secrets } }")
    assert "secrets" in unknown["errors"][0]["message"]
    assert "data" not in unknown
    wrong = await ask(sim, "query($id: UUID) { document(id: $id) { id } }", id={"a": 1})
    assert "data" not in wrong
    missing = await ask(sim, "query($id: UUID) { document(id: $id) { id } }", id="x")
    assert missing["errors"][0]["message"] == "Document not found"
    assert missing["errors"][0]["path"] == ["document"]
    assert missing["data"] == {"document": None}
    assert (await sim.post("/v2/graphql", content=b"{")).status_code == 400
    nobody = await sim.post("/v2/graphql", json={"query": "{ documents { total } }"}, headers={"authorization": ""})
    assert nobody.status_code == 401
    assert nobody.headers["x-attq-request-id"]


async def test_what_is_wrong_with_a_document_is_listed(sim: httpx.AsyncClient) -> None:
    variables = {
        "document": {"name": " ", "deadline_at": "tomorrow"},
        "signers": [{"action": "SIGN"}, {"email": "x", "action": "SIGN"}],
        "file": None,
    }
    data = {"operations": json.dumps({"query": CREATE, "variables": variables}), "map": '{"0":["variables.file"]}'}
    answer = (await sim.post("/v2/graphql", data=data, files={"0": ("x.pdf", b"", "application/pdf")})).json()
    assert answer["data"] == {"createDocument": None}
    assert answer["errors"][0]["message"] == "validation"
    assert sorted(answer["errors"][0]["extensions"]["validation"]) == [
        "document.deadline_at",
        "document.name",
        "file",
        "signers.0",
        "signers.1.email",
    ]


async def test_controls_say_what_is_wrong(sim: httpx.AsyncClient) -> None:
    made = await create(sim)
    assert (await sim.post("/_sim/documents/x/expire")).status_code == 404
    assert (await sim.post(f"/_sim/documents/{made['id']}/signatures/x/sign")).status_code == 404
    assert (await act(sim, made, 0, "dance")).status_code == 404
    assert (await sim.put("/_sim/webhook", json={"token": "t", "shape": "round"})).status_code == 400
    for wrong in ({"kind": "x"}, {"kind": "slow", "seconds": "long"}, {"kind": "errors", "fields": 1}):
        assert (await sim.post("/_faults", json=wrong)).status_code == 400
    assert "slow" in (await sim.get("/_faults")).json()["kinds"]
    await fault(sim, kind="slow", seconds=0.2)
    started = asyncio.get_running_loop().time()
    await ask(sim, "{ documents { total } }")
    assert asyncio.get_running_loop().time() - started >= 0.2
