"""The fault proxy: each harm does what it says to open and new connections, and ends when it is taken away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from proof.harm.proxy import Harm, Kind, Proxy, proxied

QUIET_S = 0.1


@dataclass
class Echo:
    """A server that answers every line with itself; it remembers what it was asked."""

    asked: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.asked.append(line)
            writer.write(line)
        writer.write(b"bye\n")
        writer.close()


@dataclass
class Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, text: bytes) -> bytes:
        self.writer.write(text)
        await self.writer.drain()
        return await self.reader.readline()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with server, proxied("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def line(proxy: Proxy) -> Line:
    return Line(*await asyncio.open_connection("127.0.0.1", proxy.port))


async def assert_works(proxy: Proxy) -> None:
    assert await (await line(proxy)).ask(b"again\n") == b"again\n"


async def assert_broken(line: Line, text: bytes = b"x\n") -> None:
    with pytest.raises(OSError, match=r"reset|pipe"):
        await line.ask(text)


async def test_without_harm_everything_goes_through_and_ends_as_it_would(proxy: Proxy) -> None:
    mine = await line(proxy)
    large = b"x" * 60_000 + b"\n"
    assert await mine.ask(large) == large
    mine.writer.write_eof()
    assert await mine.reader.read() == b"bye\n"


async def test_latency_is_had_both_ways_and_ends(proxy: Proxy) -> None:
    mine = await line(proxy)
    proxy.harm(Harm(Kind.LATENCY, delay_s=0.1))
    began = time.monotonic()
    assert await mine.ask(b"slow\n") == b"slow\n"
    assert time.monotonic() - began >= 0.2
    proxy.harm(None)
    assert await mine.ask(b"fast\n") == b"fast\n"
    assert proxy.done[Kind.LATENCY] == 2


async def test_a_reset_breaks_open_and_new_connections(proxy: Proxy) -> None:
    mine = await line(proxy)
    await mine.ask(b"x\n")
    proxy.harm(Harm(Kind.RESET))
    await assert_broken(mine)
    await assert_broken(await line(proxy))
    proxy.harm(None)
    await assert_works(proxy)


async def test_silence_accepts_and_never_answers(proxy: Proxy, echo: Echo) -> None:
    mine = await line(proxy)
    await mine.ask(b"x\n")
    proxy.harm(Harm(Kind.SILENCE))
    for each in (mine, await line(proxy)):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await each.ask(b"hello?\n")
    assert echo.asked == [b"x\n"]
    proxy.harm(None)
    await assert_broken(mine)  # bytes are gone: it cannot go on as if nothing had been
    await assert_works(proxy)


async def test_a_cut_comes_after_so_many_bytes(proxy: Proxy) -> None:
    mine = await line(proxy)
    proxy.harm(Harm(Kind.CUT, after_bytes=8))
    assert await mine.ask(b"abc\n") == b"abc\n"
    await assert_broken(mine)
    proxy.harm(None)
    await assert_works(proxy)


async def test_a_dropped_reply_is_one_whose_request_was_done(proxy: Proxy, echo: Echo) -> None:
    mine, other = await line(proxy), await line(proxy)
    await mine.ask(b"before\n")
    proxy.harm(Harm(Kind.DROP_REPLY, times=1))
    await assert_broken(mine, b"done\n")
    assert echo.asked == [b"before\n", b"done\n"]
    assert await other.ask(b"only one\n") == b"only one\n"
    assert proxy.done == {Kind.DROP_REPLY: 1}


async def test_what_is_behind_it_may_be_away(proxy: Proxy) -> None:
    async with proxied("127.0.0.1", 1) as nowhere:
        await assert_broken(await line(nowhere))


async def test_a_connection_that_ended_is_forgotten(proxy: Proxy) -> None:
    mine = await line(proxy)
    await mine.ask(b"x\n")
    assert proxy.open == 1
    mine.writer.close()
    async with asyncio.timeout(5):
        while proxy.open:
            await asyncio.sleep(0.01)
