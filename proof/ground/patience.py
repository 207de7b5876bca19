"""A stack whose supervisor never gives up, and waits that last as long as there is progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import orjson

from cli.demo.client import until
from domain.kernel.errors import Unavailable
from proof.ground.running import BACK_S, Running, at_work
from proof.ground.stack import legion, wait_ready


@asynccontextmanager
async def patient_stack(folder: Path, bugs: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
    """Whatever is killed how often is started again at once. With the demo's company. bugs: service → module with
    `plant()`."""
    given = {"data": str(folder / "data"), "clock": None, "bugs": bugs or {}, "patient": True}
    with legion(folder, program=("proof.ground.stack_program", orjson.dumps(given).decode())) as stack:
        await asyncio.to_thread(wait_ready, stack)
        async with at_work(stack) as running:
            yield running


async def settled(what: Callable[[], Awaitable[int]], stall_s: float = BACK_S) -> int:
    """Waits until the number is 0, as long as it gets smaller within `stall_s`; what is left of it. A database that is
    away for the moment is asked again. Raises Unavailable when it never answers."""
    loop = asyncio.get_running_loop()
    left, since = await until("the database", partial(_boxed, what), stall_s), loop.time()
    while left[0] and loop.time() - since < stall_s:
        await asyncio.sleep(0.5)
        with suppress(Unavailable):
            now = await _boxed(what)
            if now < left:
                left, since = now, loop.time()
    return left[0]


async def _boxed(what: Callable[[], Awaitable[int]]) -> tuple[int]:
    """An answer also where it is 0."""
    return (await what(),)
