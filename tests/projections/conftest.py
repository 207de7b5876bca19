"""A generation of its own for each test that asks, on the session's server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest

from projections.names import Role
from projections.read.db import ReadDb
from proof.ground import generation as ground
from proof.ground.generation import Generation
from proof.servers import Postgres

MakeGeneration = Callable[..., Awaitable[Generation]]


@pytest.fixture(scope="session")
def make_generation(postgres: Postgres) -> MakeGeneration:
    return partial(ground.make_generation, postgres.dsn)


@pytest.fixture
async def generation(make_generation: MakeGeneration) -> Generation:
    return await make_generation()


@pytest.fixture
async def db(generation: Generation) -> AsyncIterator[ReadDb]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(ReadDb(generation.dsn(Role.RUNNER)))
