"""One Legion for each module of stack tests: simulators, ingress, writer and projector; `streams` runs beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from proof.servers import Postgres
from tests.simulators.running import simulator
from tests.streams.shop import Shop, open_shop
from tests.streams.world import SIM_KEY, Ground, Places, ground, streams
from vault.kek import generate


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
    unique = uuid4().hex[:10]
    return Places(
        kafka=kafka,
        prefix=f"t{unique}.",
        admin_dsn=postgres.dsn,
        database_prefix=f"t{unique}_g",
        vault_dsn=postgres.fresh_database(),
        kek=generate(),
        evolution=evolution_url,
        openai=openai_url,
    )


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
