"""One Legion for each module of stack tests: simulators, ingress, writer and projector; `streams` runs beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from proof.ground.shop import Shop, open_shop
from proof.ground.simulator import simulator
from proof.ground.world import SIM_KEY, Ground, Places, ground, places_on, streams
from proof.servers import Postgres


@pytest.fixture(scope="session")
def evolution_url() -> Iterator[str]:
    with simulator("simulators.evolution", "--pace", "0.2", env={"LEGION_SIM_API_KEY": SIM_KEY}) as url:
        yield url


@pytest.fixture(scope="session")
def openai_url() -> Iterator[str]:
    with simulator("simulators.openai", "--token-seconds", "0.003", ready="/v1/models") as url:
        yield url


@pytest.fixture(scope="module")
def places(kafka: str, postgres: Postgres, evolution_url: str, openai_url: str) -> Places:
    return places_on(kafka, postgres.dsn, evolution_url, openai_url)


@pytest.fixture(scope="module")
async def legion_without_streams(places: Places) -> AsyncIterator[Ground]:
    """One a module: unit tests between modules stand the loop still, and a writer must not be frozen by them."""
    async with ground(places) as made:
        yield made


@pytest.fixture(scope="module")
async def legion(legion_without_streams: Ground) -> AsyncIterator[Ground]:
    """With streams in this process."""
    async with streams(legion_without_streams.places):
        yield legion_without_streams


@pytest.fixture(scope="module")
async def shop(legion: Ground) -> Shop:
    return await open_shop(legion)


@pytest.fixture(autouse=True)
async def without_faults(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Each test of the stack starts and ends without faults."""
    yield
    if "legion_without_streams" in request.fixturenames:
        await request.getfixturevalue("legion_without_streams").no_faults()
