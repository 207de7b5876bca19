"""The simulator's page and its relay of Legion's events."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from proof.ground.simulator import simulator
from proof.servers import reserved_port
from simulators.evolution.source import passed_on

PAGE = Path(__file__).parents[2] / "simulators/evolution/page.html"


@asynccontextmanager
async def legion(raw: bytes, heads: list[str]) -> AsyncIterator[str]:
    """An event stream: notes the request's head, says `raw`, stays open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + raw)
        await writer.drain()
        await reader.read()  # until the relay leaves
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/events"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.evolution") as url:
        yield url


async def first_data(url: str, headers: dict[str, str] | None = None) -> tuple[list[str], dict[str, object]]:
    """The lines up to the first event, and that event."""
    lines = []
    async with (
        httpx.AsyncClient(trust_env=False, timeout=10) as client,
        client.stream("GET", f"{url}/_sim/events", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            lines.append(line)
            if line.startswith("data: "):
                return lines, json.loads(line[6:])
    raise AssertionError(lines)


def test_the_page_is_one_file_under_a_strict_policy(server: str) -> None:
    answer = httpx.get(server, trust_env=False)
    policy = answer.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert answer.text.count(f'nonce="{nonce[1]}"') == 2
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"""(src|href)=["'](https?:)?//""", answer.text), "no outside assets"
    assert not re.search(r"\son\w+=", answer.text.partition("<script")[0]), "no inline handlers"
    assert httpx.get(f"{server}/favicon.ico", trust_env=False).status_code == 204


def test_every_word_of_the_page_is_there_in_three_languages() -> None:
    page = PAGE.read_text()
    used = set(re.findall(r'data-(?:t|hint|label)="(\w+)"', page))
    for lang in ('"pt-BR": {', "  en: {", "  es: {"):
        words = page.partition(lang)[2].partition("},\n")[0]
        known = set(re.findall(r"(\w+): [\"\[]", words))
        assert used <= known, used - known
    assert re.findall(r"<(?:input|select|textarea)\b", page)
    labelled = re.findall(r"<label[^>]*>.*?</label>", page, re.DOTALL)
    assert len(labelled) == len(re.findall(r"<(?:input|select|textarea)\b", page)), "every field has its label"


async def test_legions_events_are_relayed_with_the_token_and_tenant_added_here(tmp_path: Path) -> None:
    heads: list[str] = []
    raw = b': hello\n\nid: 0:5\nevent: MessageReceived\ndata: {"type":"MessageReceived",\ndata: "version":2}\n\n'
    token = tmp_path / "token"
    async with legion(raw, heads) as url:
        env = {"LEGION_SIM_EVENTS_TOKEN_FILE": str(token)}
        with simulator("simulators.evolution", "--events-url", url, env=env) as sim:
            token.write_text("t0ken\n")  # written after the start
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.put(f"{sim}/_sim/tenant", json={"tenant": "company-1"})
            lines, told = await first_data(sim, {"last-event-id": "0:4"})
            page = httpx.get(sim, trust_env=False).text  # noqa: ASYNC210 (the server is another process)
    assert told == {"event": "MessageReceived", "data": {"type": "MessageReceived", "version": 2}}
    assert "id: 0:5" in lines
    assert "authorization: bearer t0ken" in heads[0]
    assert "x-tenant-id: company-1" in heads[0]
    assert "last-event-id: 0:4" in heads[0]
    assert "t0ken" not in page


async def test_an_absent_legion_is_told_as_away() -> None:
    with (
        reserved_port() as port,
        simulator("simulators.evolution", "--events-url", f"http://127.0.0.1:{port}/e") as sim,
    ):
        _, told = await first_data(sim)
    assert told["event"] == "away"


async def test_only_the_simulators_own_page_gets_events() -> None:
    with (
        reserved_port() as port,
        simulator("simulators.evolution", "--events-url", f"http://127.0.0.1:{port}/e") as sim,
    ):
        async with httpx.AsyncClient(base_url=sim, trust_env=False) as client:
            rebound = await client.get("/_sim/events", headers={"host": "evil.example"})
            foreign = await client.get("/_sim/events", headers={"sec-fetch-site": "cross-site"})
            assert (rebound.status_code, foreign.status_code) == (403, 403)


def test_without_events_url_there_is_nothing_to_relay(server: str) -> None:
    assert httpx.get(f"{server}/_sim/events", trust_env=False).status_code == 404


def test_data_that_is_no_json_is_passed_on_as_text() -> None:
    assert passed_on({"data": "plain"}) == b'data: {"event":"message","data":"plain"}\n\n'
