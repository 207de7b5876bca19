"""The Evolution client: against the simulator where it behaves, against bare sockets where a server misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from domain.kernel.errors import GatewayFailed, OutcomeUnknown
from gateways.errors import NeverSent, RateLimited, RefusedByProvider
from gateways.evolution.client import EvolutionClient, ReadMark
from gateways.http import Timeouts
from proof.ground.simulator import simulator
from proof.servers import reserved_port
from tests.simulators.webhooks import receiving

PHONE = "5527996005566"
# Long enough for an answer on a machine that is busy, short enough to wait for in a test.
QUICK = Timeouts(connect=5.0, read=1.5, total=2.0)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.evolution", "--pace", "0.01", env={"LEGION_SIM_API_KEY": "global"}) as url:
        yield url


@pytest.fixture
async def control(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as client:
        await client.delete("/_faults")
        yield client


@pytest.fixture
async def client(server: str, control: httpx.AsyncClient) -> AsyncIterator[EvolutionClient]:
    async with EvolutionClient(server, "global") as made:
        yield made


async def fault(control: httpx.AsyncClient, **asked: Any) -> None:
    (await control.post("/_faults", json={"count": 1, **asked})).raise_for_status()


async def times_shown(control: httpx.AsyncClient, text: str) -> int:
    rows = (await control.get("/_sim/sent")).json()
    return sum(row["text"] == text for row in rows)


async def test_a_send_gives_the_providers_id(client: EvolutionClient, control: httpx.AsyncClient) -> None:
    sent = await client.send_text("demo", PHONE, "olá", quoted_id="Q1")
    assert (sent.jid, sent.status) == (f"{PHONE}@s.whatsapp.net", "PENDING")
    assert sent.timestamp is not None
    assert await times_shown(control, "olá") == 1


@pytest.mark.parametrize(
    ("asked", "error", "shown"),
    [
        ({"kind": "refuse", "status": 429}, RateLimited, 0),
        ({"kind": "refuse", "status": 400}, RefusedByProvider, 0),
        ({"kind": "refuse", "status": 500}, OutcomeUnknown, 0),
        ({"kind": "error_after_accept"}, OutcomeUnknown, 1),
        ({"kind": "timeout_after_accept"}, OutcomeUnknown, 1),
        ({"kind": "never_accepts"}, OutcomeUnknown, 0),
    ],
)
async def test_what_a_send_came_to_is_named_and_it_is_never_tried_twice(
    server: str, control: httpx.AsyncClient, asked: dict[str, Any], error: type[Exception], shown: int
) -> None:
    text = f"{asked}"
    await fault(control, **asked)
    async with EvolutionClient(server, "global", timeouts=QUICK) as quick:
        with pytest.raises(error) as raised:
            await quick.send_text("demo", PHONE, text)
    assert type(raised.value) is error
    assert await times_shown(control, text) == shown


async def test_a_refusal_keeps_the_providers_words_out_of_what_is_logged(
    client: EvolutionClient, control: httpx.AsyncClient
) -> None:
    with pytest.raises(RefusedByProvider) as raised:
        await client.send_text("demo", "1234", "segredo")
    assert "1234" in raised.value.body
    assert "1234" not in str(raised.value)
    await fault(control, kind="refuse", status=429)
    with pytest.raises(RateLimited) as limited:
        await client.send_text("demo", PHONE, "x")
    assert limited.value.retry_after_s == 1.0
    with pytest.raises(RefusedByProvider) as missing:
        await client.connection_state("nobody")
    assert missing.value.http_status == 404


async def test_a_closed_socket_behind_evolution_is_no_refusal(
    client: EvolutionClient, control: httpx.AsyncClient
) -> None:
    await control.post("/instance/create", json={"instanceName": "closed"}, headers={"apikey": "global"})
    with pytest.raises(OutcomeUnknown):
        await client.send_text("closed", PHONE, "x")


async def test_no_connection_means_never_sent() -> None:
    with reserved_port() as port:
        async with EvolutionClient(f"http://127.0.0.1:{port}", "k") as away:
            with pytest.raises(NeverSent):
                await away.send_text("demo", PHONE, "x")
            with pytest.raises(NeverSent):
                await away.connection_state("demo")


@asynccontextmanager
async def answering(raw: bytes, *, trickle: bool = False) -> AsyncIterator[EvolutionClient]:
    """A server that says these bytes to every request, or trickles them for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        while trickle and not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with EvolutionClient(f"http://127.0.0.1:{port}", "k", timeouts=QUICK) as client:
            yield client


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{",
        b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_a_broken_answer_to_a_send_leaves_its_outcome_unknown(raw: bytes) -> None:
    async with answering(raw) as client:
        with pytest.raises(OutcomeUnknown):
            await client.send_text("demo", PHONE, "x")


async def test_a_broken_answer_to_a_question_is_a_failed_gateway() -> None:
    async with answering(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n") as client:
        with pytest.raises(GatewayFailed):
            await client.connection_state("demo")


async def test_an_answer_that_trickles_is_cut_at_the_total_time() -> None:
    async with answering(b"HTTP/1.1 201 Created\r\ncontent-length: 9999\r\n\r\n", trickle=True) as client:
        with pytest.raises(OutcomeUnknown):
            await asyncio.wait_for(client.send_text("demo", PHONE, "x"), 3)


async def test_presence_may_last_longer_than_the_read_time(server: str, control: httpx.AsyncClient) -> None:
    del control
    async with EvolutionClient(server, "global", timeouts=QUICK) as quick:
        await quick.send_presence("demo", PHONE, "composing", delay_ms=60_000)  # 0.6 s at this pace, > 0.4 s


async def test_reading_numbers_state_and_finding(client: EvolutionClient, control: httpx.AsyncClient) -> None:
    body = {"instance": "demo", "phone": PHONE, "text": "oi"}
    written = (await control.post("/_sim/lead", json=body)).json()
    await client.mark_read("demo", [ReadMark(f"{PHONE}@s.whatsapp.net", written["id"])])
    found = await client.find_message("demo", written["id"])
    assert found is not None
    assert (found.text, found.from_me, found.remote_jid) == ("oi", False, f"{PHONE}@s.whatsapp.net")
    assert await client.find_message("demo", "nothing") is None
    recent = await client.recent_messages("demo", f"{PHONE}@s.whatsapp.net", limit=1)
    assert [message.provider_id for message in recent] == [written["id"]]
    checks = await client.whatsapp_numbers("demo", [PHONE, "12"])
    assert [(check.number, check.exists) for check in checks] == [(PHONE, True), ("12", False)]
    assert await client.connection_state("demo") == "open"


async def test_a_stored_message_tells_its_last_receipt(client: EvolutionClient) -> None:
    sent = await client.send_text("demo", PHONE, "lida")

    async def status() -> str | None:
        found = await client.find_message("demo", sent.provider_id)
        return found.status if found else None

    async with asyncio.timeout(5):
        while await status() != "READ":
            await asyncio.sleep(0.02)


async def test_older_servers_answer_with_a_bare_list() -> None:
    row = b'[{"key":{"id":"A","remoteJid":"1@lid"},"status":3,"message":{"extendedTextMessage":{"text":"t"}}},{"x":1}]'
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(row)
    async with answering(head + row) as client:
        (found,) = await client.recent_messages("demo", "1@lid")
    assert (found.provider_id, found.text, found.status) == ("A", "t", "DELIVERY_ACK")


async def test_the_webhook_is_set_with_its_secret_and_an_instances_own_key(
    client: EvolutionClient, control: httpx.AsyncClient
) -> None:
    head = {"apikey": "global"}
    made = await control.post("/instance/create", json={"instanceName": "own.one", "token": "T1"}, headers=head)
    assert made.status_code == 201
    async with receiving() as hook:
        await client.using("T1").set_webhook("own.one", hook.url, "shh", ["MESSAGES_UPSERT"])
        await control.post("/_sim/lead", json={"instance": "own.one", "phone": PHONE, "text": "oi"})
        await hook.until(lambda: bool(hook.bodies))
        assert hook.headers[0]["x-webhook-secret"] == "shh"
    with pytest.raises(RefusedByProvider) as raised:
        await client.using("wrong").connection_state("own.one")
    assert raised.value.http_status == 401
