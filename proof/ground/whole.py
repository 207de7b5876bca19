"""Everything of a Legion but `streams`, with servers and simulators of its own, in one context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from proof.embedded_servers import kafka_bootstrap, postgres_dsn
from proof.ground.simulator import simulator
from proof.ground.world import SIM_KEY, Ground, Places, ground, places_on


@contextmanager
def all_servers(*, pace: float = 0.2) -> Iterator[Places]:
    """Servers and simulators. pace: of the simulated Evolution's deliveries, 1 being as slow as life."""
    evolution = simulator("simulators.evolution", "--pace", str(pace), env={"LEGION_SIM_API_KEY": SIM_KEY})
    openai = simulator("simulators.openai", "--token-seconds", "0.003", ready="/v1/models")
    with kafka_bootstrap() as kafka, postgres_dsn() as dsn, evolution as evolution_url, openai as openai_url:
        yield places_on(kafka, dsn, evolution_url, openai_url)


@asynccontextmanager
async def whole() -> AsyncIterator[Ground]:
    with all_servers() as places:
        async with ground(places) as made:
            yield made
