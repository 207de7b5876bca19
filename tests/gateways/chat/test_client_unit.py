"""The chat client against a real server that does what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from gateways.chat.client import ChatClient, ChatMessage, ChatSchema
from gateways.errors import ChatRateLimited, ChatRefused, ChatTimeout, ChatUnavailable
from proof.ground.simulator import simulator
from proof.servers import reserved_port

PROMPT = [
    ChatMessage("system", "Você vende casas."),
    ChatMessage("user", "oi"),
    ChatMessage("assistant", "Olá!"),
    ChatMessage("user", "quanto custa?"),
    ChatMessage("user", "posso visitar amanhã?"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.openai", "--token-seconds", "0.002", ready="/v1/models") as url:
        yield url


@pytest.fixture
async def control(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as client:
        await client.delete("/_faults")
        await client.delete("/_calls")
        yield client


@pytest.fixture
async def chat(server: str, control: httpx.AsyncClient) -> AsyncIterator[ChatClient]:
    async with ChatClient(f"{server}/v1", "any", silence_s=1.0, total_s=3.0) as client:
        yield client


async def fault(control: httpx.AsyncClient, **asked: Any) -> None:
    (await control.post("/_faults", json=asked)).raise_for_status()


async def test_an_answer_comes_with_its_model_tokens_and_times(chat: ChatClient) -> None:
    result = await chat.complete(PROMPT, model="legion-sim")
    assert "as suas 2 mensagens" in result.text
    assert "preço, visita" in result.text
    assert (result.model, result.finish_reason, result.tokens_estimated) == ("legion-sim", "stop", False)
    assert result.prompt_tokens > 0
    assert result.completion_tokens == len(result.text.split())
    assert 0 < result.first_token_s < result.latency_s


async def test_the_same_seed_gives_the_same_answer(chat: ChatClient) -> None:
    first = await chat.complete(PROMPT, model="m", seed=7)
    assert first.text == (await chat.complete(PROMPT, model="m", seed=7)).text
    others = {(await chat.complete(PROMPT, model="m", seed=seed)).text for seed in range(8, 14)}
    assert len(others) > 1


async def test_a_cut_by_max_tokens_says_so(chat: ChatClient) -> None:
    result = await chat.complete(PROMPT, model="m", max_tokens=3)
    assert (result.finish_reason, result.completion_tokens) == ("length", 3)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"kind": "error", "status": 500}, ChatUnavailable),
        ({"kind": "error", "status": 503}, ChatUnavailable),
        ({"kind": "error", "status": 408}, ChatUnavailable),
        ({"kind": "error", "status": 400}, ChatRefused),
        ({"kind": "error", "status": 404}, ChatRefused),
        ({"kind": "hang"}, ChatTimeout),
        ({"kind": "delay", "seconds": 1.5}, ChatTimeout),
        ({"kind": "slow", "seconds": 0.5}, ChatTimeout),
        ({"kind": "cut", "tokens": 4}, ChatUnavailable),
        ({"kind": "cut", "tokens": 0}, ChatUnavailable),
    ],
)
async def test_every_failure_has_its_error(
    chat: ChatClient, control: httpx.AsyncClient, asked: dict[str, Any], error: type[Exception]
) -> None:
    await fault(control, count=1, **asked)
    with pytest.raises(error):
        await chat.complete(PROMPT, model="m")
    assert (await chat.complete(PROMPT, model="m")).text, "the fault held for one request"
    calls = (await control.get("/_calls")).json()
    assert len(calls) == 2, "nothing was tried twice"


async def test_a_rate_limit_tells_how_long_to_wait(chat: ChatClient, control: httpx.AsyncClient) -> None:
    await fault(control, kind="error", status=429, count=1)
    with pytest.raises(ChatRateLimited) as raised:
        await chat.complete(PROMPT, model="m")
    assert raised.value.retry_after_s == 1.0


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with reserved_port() as port:
        async with ChatClient(f"http://127.0.0.1:{port}/v1", "any") as away:
            with pytest.raises(ChatUnavailable):
                await away.complete(PROMPT, model="m")


async def test_a_wrong_key_is_refused() -> None:
    with simulator("simulators.openai", env={"LEGION_SIM_OPENAI_KEY": "right"}, ready="/v1/models") as url:
        async with ChatClient(f"{url}/v1", "wrong") as wrong:
            with pytest.raises(ChatRefused):
                await wrong.complete(PROMPT, model="m")
        async with ChatClient(f"{url}/v1", "right") as right:
            assert (await right.complete(PROMPT, model="m")).text


async def test_cancelling_closes_the_stream_at_the_server(chat: ChatClient, control: httpx.AsyncClient) -> None:
    await fault(control, kind="slow", seconds=0.2, count=1)
    asking = asyncio.create_task(chat.complete(PROMPT, model="m"))

    async def outcome() -> str:
        calls = (await control.get("/_calls")).json()
        return str(calls[-1]["outcome"]) if calls and calls[-1]["tokens_out"] else ""

    async def until(wanted: str) -> None:
        while await outcome() != wanted:
            await asyncio.sleep(0.02)

    await asyncio.wait_for(until("open"), 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(until("cancelled"), 5)


async def test_tokens_are_estimated_and_flagged_when_the_server_counts_none() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        writer.write(b'data: {"choices":[{"delta":{"content":"12345678"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with ChatClient(f"http://127.0.0.1:{port}/v1", "any") as bare:
            result = await bare.complete([ChatMessage("user", "abcd")], model="m")
    assert (result.text, result.model) == ("12345678", "m")
    assert (result.tokens_estimated, result.prompt_tokens, result.completion_tokens) == (True, 1, 2)


async def test_a_stream_that_is_no_json_is_unavailable() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: {oops\n\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with ChatClient(f"http://127.0.0.1:{port}/v1", "any") as bare:
            with pytest.raises(ChatUnavailable):
                await bare.complete(PROMPT, model="m")


FORM = ChatSchema(
    "form",
    {
        "type": "object",
        "properties": {"size": {"anyOf": [{"type": "string", "enum": ["Small", "Large"]}, {"type": "null"}]}},
        "required": ["size"],
        "additionalProperties": False,
    },
)
LINES = [ChatMessage("system", "Fill the form."), ChatMessage("user", "[1] lead: a large one")]


async def test_an_answer_by_a_schema_is_its_json(chat: ChatClient, control: httpx.AsyncClient) -> None:
    result = await chat.complete(LINES, model="m", schema=FORM)
    assert json.loads(result.text) == {"size": "Large"}
    assert result.finish_reason == "stop"
    [call] = (await control.get("/_calls")).json()
    assert call["form"]


async def test_a_model_that_declines_has_refused(chat: ChatClient, control: httpx.AsyncClient) -> None:
    await fault(control, kind="refusal", count=1)
    with pytest.raises(ChatRefused):
        await chat.complete(LINES, model="m", schema=FORM)
    assert (await chat.complete(LINES, model="m", schema=FORM)).text


async def test_a_schema_that_is_not_strict_is_refused(chat: ChatClient) -> None:
    for loose in ({**FORM.schema, "required": []}, {**FORM.schema, "additionalProperties": True}, {"type": "object"}):
        with pytest.raises(ChatRefused):
            await chat.complete(LINES, model="m", schema=ChatSchema("form", loose))
