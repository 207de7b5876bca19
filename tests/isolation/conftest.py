"""A running Legion for all tests of isolation: none of them minds what the others leave."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import separate_postgres
from tests.api.world import World, make_settings, open_world


@pytest.fixture(scope="session")
async def world(kafka: str) -> AsyncIterator[World]:
    with separate_postgres() as postgres:
        async with open_world(make_settings(kafka, postgres)) as opened:
            yield opened
