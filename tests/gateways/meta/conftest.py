"""One simulator for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from gateways.meta.client import MetaClient
from proof.ground.simulator import simulator
from tests.gateways.meta.server import QUICK, Control


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with simulator("simulators.meta", ready="/_sim/calls") as url:
        yield url


@pytest.fixture
async def control(server: str) -> AsyncIterator[Control]:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as http:
        made = Control(http)
        await made.calm()
        yield made


@pytest.fixture
async def client(server: str, control: Control) -> AsyncIterator[MetaClient]:
    del control
    async with MetaClient(server) as made:
        yield made


@pytest.fixture
async def quick(server: str, control: Control) -> AsyncIterator[MetaClient]:
    """Gives up early."""
    del control
    async with MetaClient(server, timeouts=QUICK) as made:
        yield made
