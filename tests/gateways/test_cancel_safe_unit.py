"""A request that is cancelled as its answer comes leaves no connection behind that nobody can use."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from gateways.cancel_safe import cancel_safe

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ANSWERS_IN_S = 0.005
AROUND_S = (-0.001, 0.003)
ENOUGH = 1500
"""The control's pool of two is used up within some hundred."""

Get = Callable[[], Awaitable[httpx.Response]]
Ask = Callable[[Get], Awaitable[httpx.Response]]


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(ANSWERS_IN_S)
            writer.write(ANSWER)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def provider() -> AsyncIterator[Get]:
    """Asks a server over a pool of two connections."""
    server = await asyncio.start_server(_answers, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    limits, timeout = httpx.Limits(max_connections=2), httpx.Timeout(5, pool=0.5)
    async with server, httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as http:
        yield lambda: http.get(url)


async def cancels_until_none_is_left(get: Get, ask: Ask, *, times: int) -> bool:
    """Whether the pool has no connection any more that can be used."""
    rng = random.Random(1)
    for _ in range(times):
        asked = asyncio.ensure_future(ask(get))
        await asyncio.sleep(ANSWERS_IN_S + rng.uniform(*AROUND_S))
        asked.cancel()
        try:
            await asked
        except asyncio.CancelledError:
            pass
        except httpx.PoolTimeout:
            return True
    try:
        await get()
    except httpx.PoolTimeout:
        return True
    return False


async def by_scope(get: Get) -> httpx.Response:
    return await cancel_safe(get, within_s=5)


async def by_asyncio(get: Get) -> httpx.Response:
    return await get()


async def test_a_pool_outlives_cancelled_requests() -> None:
    async with provider() as get:
        assert not await cancels_until_none_is_left(get, by_scope, times=ENOUGH // 5)


async def test_the_control_a_pool_does_not_outlive_asyncios_own_cancellation() -> None:
    """When this fails, httpcore has mended it, and `cancel_safe` can go."""
    async with provider() as get:
        assert await cancels_until_none_is_left(get, by_asyncio, times=ENOUGH)


async def test_what_the_call_says_is_said_and_time_runs_out() -> None:
    async def fails() -> None:
        raise ValueError("no")

    async def lasts() -> None:
        await asyncio.sleep(60)

    async def answers() -> int:
        return 7

    assert await cancel_safe(answers, within_s=1) == 7
    with pytest.raises(ValueError, match="no"):
        await cancel_safe(fails, within_s=1)
    with pytest.raises(TimeoutError):
        await cancel_safe(lasts, within_s=0.01)


async def test_a_cancelled_caller_waits_until_the_call_has_cleaned_up() -> None:
    cleaned = asyncio.Event()

    async def lasts() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.set()

    task = asyncio.create_task(cancel_safe(lasts, within_s=60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned.is_set()
