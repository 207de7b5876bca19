"""Two companies with everything in them and everybody who calls, on a running Legion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from api.watch import FLUSH_S
from tests.api.world import KEPT_S, World
from tests.isolation.cast import Actor
from tests.isolation.estate import furnished
from tests.isolation.hidden import hidden_in
from tests.isolation.operations import Operation, operations
from tests.isolation.players import players
from tests.isolation.run import Stage


@asynccontextmanager
async def staged(world: World, actors: Sequence[Actor]) -> AsyncIterator[Stage]:
    own, other = await furnished(world), await furnished(world)
    hidden = await hidden_in(own)
    limits = httpx.Limits(keepalive_expiry=KEPT_S)
    async with httpx.AsyncClient(base_url=world.http.base_url, trust_env=False, timeout=30, limits=limits) as http:
        playing = await players(actors, own, other)
        await asyncio.sleep(2 * FLUSH_S)  # what the set-up read is counted by then, and no case is blamed for it
        yield Stage(http, own, other, hidden, playing)


async def called(world: World) -> tuple[Operation, ...]:
    """What the running API says that it has."""
    return operations((await world.http.get("/openapi.json")).json())
