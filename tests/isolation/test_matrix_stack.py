"""S1: nobody reaches what is another company's, and everybody what the permission matrix gives them. A fast core here;
everybody in `make test-isolation`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.api.people import client
from tests.api.world import World
from tests.isolation.cast import CAST, CORE, Actor
from tests.isolation.estate import furnished
from tests.isolation.operations import Operation, operations
from tests.isolation.players import players
from tests.isolation.run import Report, Stage, run

pytestmark = pytest.mark.stack


@asynccontextmanager
async def staged(world: World, actors: Sequence[Actor]) -> AsyncIterator[Stage]:
    own, other = await furnished(world), await furnished(world)
    async with client(world) as http:
        yield Stage(http, own, other, await players(actors, own, other))


async def called(http: httpx.AsyncClient) -> tuple[Operation, ...]:
    """What the running API says that it has."""
    return operations((await http.get("/openapi.json")).json())


async def matrix(world: World, actors: Sequence[Actor]) -> Report:
    async with staged(world, actors) as stage:
        report = await run(stage, await called(world.http), actors)
    sys.stdout.write(f"{report}\n")
    return report


def clean(report: Report) -> bool:
    return not report.faults and not report.untested


async def test_the_core_of_the_matrix(world: World) -> None:
    report = await matrix(world, CORE)
    assert clean(report), str(report)
    assert report.cases > 10 * report.operations


@pytest.mark.slow
async def test_the_whole_matrix(world: World) -> None:
    report = await matrix(world, CAST)
    assert clean(report), str(report)
    assert report.cases > 40 * report.operations
