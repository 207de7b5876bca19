"""A client that sends while a test does its worst, and the figures of the outcome."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.chain_fire.field import Field, Verdict
from tests.chain_fire.results import keep

SEED: Final = 20261125


@asynccontextmanager
async def under_load(field: Field, rng: random.Random) -> AsyncIterator[None]:
    """A client sends meanwhile."""
    stop = asyncio.Event()
    fire = asyncio.create_task(field.fire(stop, random.Random(rng.random()), pause_s=0.1))
    try:
        yield
    finally:
        stop.set()
        await fire


def report(name: str, n: int, verdict: Verdict, began: float, **more: float) -> None:
    keep(name, {"n": n, "seed": SEED, "seconds": round(time.monotonic() - began, 1), **verdict.summary(), **more})
