"""The Evolution simulator over HTTP: endpoints, webhooks, retries, receipts, faults, and what leads saw."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateways.explain import explain
from proof.ground.simulator import simulator
from simulators.evolution.delivery import wait_before
from tests.simulators.webhooks import Receiver, receiving

PHONE = "5527996003344"
KEY = {"apikey": "global"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator(
        "simulators.evolution", "--pace", "0.02", "--retry-scale", "0.002", env={"LEGION_SIM_API_KEY": "global"}
    ) as url:
        yield url


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def sim(server: str, hook: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    """A client for a fresh, connected instance named in `sim.params`."""
    async with httpx.AsyncClient(base_url=server, headers=KEY, trust_env=False, timeout=10) as client:
        name = f"i{uuid.uuid4().hex[:8]}"
        webhook = {"enabled": True, "url": hook.url, "headers": {"x-webhook-secret": "s3"}}
        asked = {"instanceName": name, "integration": "WHATSAPP-BAILEYS", "qrcode": True, "webhook": webhook}
        assert (await client.post("/instance/create", json=asked)).status_code == 201
        await hook.until(lambda: any(body["data"].get("state") == "open" for body in hook.of("connection.update")))
        client.params = {"instance": name}
        yield client
        await client.delete("/_faults")


def name_of(sim: httpx.AsyncClient) -> str:
    return str(sim.params["instance"])


async def send(sim: httpx.AsyncClient, text: str = "Olá", **over: Any) -> httpx.Response:
    return await sim.post(f"/message/sendText/{name_of(sim)}", json={"number": PHONE, "text": text, **over})


async def fault(sim: httpx.AsyncClient, **asked: Any) -> None:
    (await sim.post("/_faults", json=asked)).raise_for_status()


async def lead(sim: httpx.AsyncClient, text: str, **over: Any) -> dict[str, Any]:
    body = {"instance": name_of(sim), "phone": PHONE, "text": text, "name": "Rosa", **over}
    answer = await sim.post("/_sim/lead", json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def shown(sim: httpx.AsyncClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await sim.get("/_sim/sent")).json()
    return rows


async def test_pairing_tells_connecting_a_code_and_open(sim: httpx.AsyncClient) -> None:
    state = (await sim.get(f"/instance/connectionState/{name_of(sim)}")).json()
    assert state == {"instance": {"instanceName": name_of(sim), "state": "open"}}
    rows = (await sim.get("/instance/fetchInstances", params={"instanceName": name_of(sim)})).json()
    assert rows[0]["connectionStatus"] == "open"
    again = await sim.post("/instance/create", json={"instanceName": name_of(sim)})
    assert again.status_code == 403


async def test_a_leads_message_comes_as_a_webhook_with_the_secret_that_the_normaliser_reads(
    sim: httpx.AsyncClient, hook: Receiver
) -> None:
    made = await lead(sim, "quanto custa?", lid="70012345678901@lid", quoted_id="Q1")
    await hook.until(lambda: bool(hook.of("messages.upsert")))
    body = hook.raw[hook.bodies.index(hook.of("messages.upsert")[0])]
    answer = explain(body, "evolution", hook.headers[-1], "s3")
    assert answer["verified"] is True
    (item,) = answer["items"]
    assert (item["kind"], item["text"], item["provider_id"]) == ("text", "quanto custa?", made["id"])
    assert (item["quoted_id"], item["data"]["push_name"]) == ("Q1", "Rosa")
    assert [alias["scheme"] for alias in item["sender_aliases"]] == ["phone", "lid"]


async def test_any_message_object_can_be_written(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await lead(sim, "", message={"audioMessage": {"ptt": True, "seconds": 3}})
    await hook.until(lambda: bool(hook.of("messages.upsert")))
    assert hook.of("messages.upsert")[0]["data"]["messageType"] == "audioMessage"


async def test_a_send_is_pending_then_echoed_then_acknowledged_in_order(sim: httpx.AsyncClient, hook: Receiver) -> None:
    answer = await send(sim)
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["key"]["fromMe"]) == ("PENDING", True)
    await hook.until(lambda: len(hook.of("messages.update")) == 3)
    assert [body["data"]["status"] for body in hook.of("messages.update")] == ["SERVER_ACK", "DELIVERY_ACK", "READ"]
    assert hook.of("send.message")[0]["data"]["key"] == answer.json()["key"]
    assert {body["data"]["keyId"] for body in hook.of("messages.update")} == {answer.json()["key"]["id"]}


async def test_what_leads_saw_is_listed_with_its_repetitions(sim: httpx.AsyncClient) -> None:
    await send(sim, "um")
    await send(sim, "dois")
    await send(sim, "dois")
    assert [(row["text"], row["count"]) for row in await shown(sim)] == [("um", 1), ("dois", 2), ("dois", 2)]


async def test_typing_on_the_owners_phone_is_a_from_me_upsert(sim: httpx.AsyncClient, hook: Receiver) -> None:
    body = {"instance": name_of(sim), "phone": PHONE, "text": "deixa comigo"}
    assert (await sim.post("/_sim/owner", json=body)).status_code == 201
    await hook.until(lambda: bool(hook.of("messages.upsert")))
    assert hook.of("messages.upsert")[0]["data"]["key"]["fromMe"] is True
    assert await shown(sim) == [], "it is not a send of ours"


async def test_a_webhook_is_tried_ten_times_and_no_more(sim: httpx.AsyncClient, hook: Receiver) -> None:
    hook.answers = [503] * 30
    await lead(sim, "oi")
    await hook.until(lambda: len(hook.of("messages.upsert")) == 10)
    await asyncio.sleep(0.2)  # an eleventh would have come by now: the waits are 1.2 s at most
    deliveries = (await sim.get("/_sim/deliveries")).json()
    last = [row for row in deliveries if row["instance"] == name_of(sim)][-1]
    assert (last["outcome"], last["attempts"]) == ("exhausted", [503] * 10)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_some_answers_lose_the_webhook_for_good(sim: httpx.AsyncClient, hook: Receiver, status: int) -> None:
    hook.answers = [status]
    await lead(sim, "oi")
    await hook.until(lambda: bool(hook.of("messages.upsert")))
    deliveries = [d for d in (await sim.get("/_sim/deliveries")).json() if d["instance"] == name_of(sim)]
    assert (deliveries[-1]["outcome"], deliveries[-1]["attempts"]) == ("refused", [status])


def test_waits_double_to_five_minutes_with_a_fifth_of_jitter() -> None:
    assert [wait_before(n, 0.5) for n in range(2, 11)] == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert wait_before(2, 0.0) == 4
    assert wait_before(2, 0.9999999) == pytest.approx(6)


@pytest.mark.parametrize(("kind", "sees"), [("timeout_after_accept", 1), ("never_accepts", 0)])
async def test_a_call_without_answer_may_or_may_not_have_sent(sim: httpx.AsyncClient, kind: str, sees: int) -> None:
    await fault(sim, kind=kind, count=1)
    with pytest.raises(httpx.ReadTimeout):
        await sim.post(f"/message/sendText/{name_of(sim)}", json={"number": PHONE, "text": "x"}, timeout=0.3)
    assert len(await shown(sim)) == sees
    assert (await send(sim)).status_code == 201


@pytest.mark.parametrize(
    ("asked", "status", "sees"),
    [
        ({"kind": "refuse"}, 429, 0),
        ({"kind": "refuse", "status": 500}, 500, 0),
        ({"kind": "error_after_accept"}, 500, 1),
        ({"kind": "fail"}, 201, 0),
    ],
)
async def test_faults_of_sending(sim: httpx.AsyncClient, asked: dict[str, Any], status: int, sees: int) -> None:
    await fault(sim, count=1, **asked)
    answer = await send(sim)
    assert answer.status_code == status
    assert len(await shown(sim)) == sees
    assert (answer.headers.get("retry-after") == "1") == (status == 429)


async def test_a_failing_message_is_acknowledged_with_error(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await fault(sim, kind="fail", count=1)
    await send(sim)
    await hook.until(lambda: bool(hook.of("messages.update")))
    assert [body["data"]["status"] for body in hook.of("messages.update")] == ["ERROR"]


async def test_webhooks_are_doubled_dropped_and_reordered_on_demand(sim: httpx.AsyncClient, hook: Receiver) -> None:
    await fault(sim, kind="duplicate", count=1, events=["messages.upsert"])
    await lead(sim, "dobro")
    await hook.until(lambda: len(hook.of("messages.upsert")) == 2)
    await fault(sim, kind="reorder", count=1, events=["messages.upsert"])
    await lead(sim, "primeiro")
    await lead(sim, "segundo")
    await hook.until(lambda: len(hook.of("messages.upsert")) == 4)
    texts = [body["data"]["message"]["conversation"] for body in hook.of("messages.upsert")]
    assert texts[2:] == ["segundo", "primeiro"]
    await fault(sim, kind="delay", count=1, seconds=0.01, events=["messages.upsert"])
    await fault(sim, kind="drop_receipts")
    await fault(sim, kind="drop_echoes", count=1)
    await send(sim)
    await lead(sim, "fim")
    await hook.until(lambda: len(hook.of("messages.upsert")) == 5)
    assert (hook.of("messages.update"), hook.of("send.message")) == ([], [])
    assert [row["kind"] for row in (await sim.get("/_faults")).json()["live"]] == ["drop_receipts"]
    assert (await sim.post("/_faults", json={"kind": "gremlin"})).status_code == 400


async def test_the_key_is_checked_and_errors_look_like_evolutions(sim: httpx.AsyncClient, server: str) -> None:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as stranger:
        assert (await stranger.get("/instance/fetchInstances")).status_code == 401
        row = (await sim.get("/instance/fetchInstances", params={"instanceName": name_of(sim)})).json()[0]
        own = await stranger.get(f"/instance/connectionState/{name_of(sim)}", headers={"apikey": row["token"]})
        assert own.status_code == 200
    missing = await sim.get("/instance/connectionState/nobody")
    assert missing.status_code == 404
    assert "does not exist" in missing.json()["response"]["message"][0]
    for body in ({}, {"number": PHONE}, {"number": PHONE, "text": ""}, {"number": "12", "text": "x"}):
        assert (await sim.post(f"/message/sendText/{name_of(sim)}", json=body)).status_code == 400
    assert (await sim.post(f"/webhook/set/{name_of(sim)}", json={"url": "http://x"})).status_code == 400, (
        "the flat form"
    )
    assert (await sim.post("/instance/create", content=b"x")).status_code == 400
    for wrong in ({"instance": "nobody", "phone": PHONE, "text": "x"}, {"instance": name_of(sim), "text": "x"}):
        assert (await sim.post("/_sim/lead", json=wrong)).status_code in (400, 404)
    assert (await sim.post("/_sim/lead", json={"instance": name_of(sim), "phone": PHONE})).status_code == 400


async def test_logging_out_closes_with_its_code_and_sending_fails(sim: httpx.AsyncClient, hook: Receiver) -> None:
    assert (await sim.delete(f"/instance/logout/{name_of(sim)}")).status_code == 200
    await hook.until(lambda: bool(hook.of("logout.instance") and hook.of("status.instance")))
    closed = [body["data"] for body in hook.of("connection.update") if body["data"]["state"] == "close"]
    assert closed[0]["statusReason"] == 401
    assert (await send(sim)).status_code == 400
    assert (await sim.get(f"/instance/connect/{name_of(sim)}")).json()["count"] == 1

    def opened() -> int:
        return sum(body["data"]["state"] == "open" for body in hook.of("connection.update"))

    await hook.until(lambda: opened() == 2)
    await sim.post(f"/_sim/close/{name_of(sim)}", json={"code": 428})
    await sim.post(f"/instance/restart/{name_of(sim)}")
    await hook.until(lambda: opened() == 3)
    assert (await sim.get(f"/instance/connect/{name_of(sim)}")).json()["instance"]["state"] == "open"
    assert (await sim.delete(f"/instance/delete/{name_of(sim)}")).status_code == 200
    assert (await sim.post(f"/_sim/close/{name_of(sim)}")).status_code == 404


async def test_stored_messages_are_found_newest_first(sim: httpx.AsyncClient, hook: Receiver) -> None:
    sent = (await send(sim, "a", quoted={"key": {"id": "Q"}})).json()
    await lead(sim, "b")
    await hook.until(lambda: len(hook.of("messages.update")) == 3)
    where = {"where": {"key": {"remoteJid": f"{PHONE}@s.whatsapp.net"}}, "offset": 1}
    found = (await sim.post(f"/chat/findMessages/{name_of(sim)}", json=where)).json()["messages"]
    assert (found["total"], found["pages"], len(found["records"])) == (2, 2, 1)
    assert found["records"][0]["message"]["conversation"] == "b"
    by_id = {"where": {"key": {"id": sent["key"]["id"]}}}
    (row,) = (await sim.post(f"/chat/findMessages/{name_of(sim)}", json=by_id)).json()["messages"]["records"]
    assert [update["status"] for update in row["MessageUpdate"]] == ["SERVER_ACK", "DELIVERY_ACK", "READ"]
    assert row["contextInfo"]["stanzaId"] == "Q"


async def test_by_events_appends_the_name_and_a_list_of_events_filters(sim: httpx.AsyncClient, hook: Receiver) -> None:
    webhook = {"url": hook.url, "byEvents": True, "events": ["MESSAGES_UPSERT"]}
    await sim.post(f"/webhook/set/{name_of(sim)}", json={"webhook": webhook})
    assert (await sim.get(f"/webhook/find/{name_of(sim)}")).json()["webhookByEvents"] is True
    await send(sim)
    await lead(sim, "oi")
    await hook.until(lambda: bool(hook.of("messages.upsert")))
    assert hook.of("send.message") == []


async def test_the_page_stream_tells_messages_ticks_and_typing(sim: httpx.AsyncClient) -> None:
    seen: list[dict[str, Any]] = []
    async with sim.stream("GET", "/_sim/stream", timeout=10) as stream:
        made = await lead(sim, "oi")
        presence = {"number": PHONE, "presence": "composing", "delay": 100}
        assert (await sim.post(f"/chat/sendPresence/{name_of(sim)}", json=presence)).status_code == 201
        marks = {"readMessages": [{"remoteJid": "x", "fromMe": False, "id": made["id"]}]}
        assert (await sim.post(f"/chat/markMessageAsRead/{name_of(sim)}", json=marks)).status_code == 201
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line[6:]))
            if seen and seen[-1].get("status") == "READ":
                break
    assert [told["type"] for told in seen if told["type"] != "status"] == ["message", "presence"]
    chat = (await sim.get("/_sim/chat", params={"instance": name_of(sim), "phone": PHONE})).json()
    assert [message["text"] for message in chat] == ["oi"]


def test_a_second_start_continues_where_the_first_ended(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path / "kept"), "--pace", "0.01")
    with simulator("simulators.evolution", *arguments) as url:
        first = httpx.post(
            f"{url}/message/sendText/demo", json={"number": PHONE, "text": "oi"}, headers=KEY, trust_env=False
        )
        httpx.put(f"{url}/_sim/tenant", json={"tenant": "t-1"}, trust_env=False)
        httpx.post(f"{url}/instance/create", json={"instanceName": "gone"}, headers=KEY, trust_env=False)
        httpx.delete(f"{url}/instance/delete/gone", headers=KEY, trust_env=False)
    with (tmp_path / "kept/journal.jsonl").open("a") as journal:
        journal.write('{"message": {"id"')  # the line that a kill left behind
    with simulator("simulators.evolution", *arguments) as url:
        (row,) = httpx.get(f"{url}/_sim/sent", trust_env=False).json()
        assert row["id"] == first.json()["key"]["id"]
        names = [each["name"] for each in httpx.get(f"{url}/_sim/instances", trust_env=False).json()]
        assert names == ["demo"]
