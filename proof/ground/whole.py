"""Everything of a Legion but `streams`, with servers and simulators of its own, in one context."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from proof.embedded_servers import kafka_bootstrap, postgres_dsn
from proof.ground.simulator import simulator
from proof.ground.world import SIM_KEY, Ground, ground, places_on


@asynccontextmanager
async def whole(*, pace: float = 0.2) -> AsyncIterator[Ground]:
    """pace: of the simulated Evolution's deliveries, 1 being as slow as life."""
    evolution = simulator("simulators.evolution", "--pace", str(pace), env={"LEGION_SIM_API_KEY": SIM_KEY})
    openai = simulator("simulators.openai", "--token-seconds", "0.003", ready="/v1/models")
    with kafka_bootstrap() as kafka, postgres_dsn() as dsn, evolution as evolution_url, openai as openai_url:
        async with ground(places_on(kafka, dsn, evolution_url, openai_url)) as made:
            yield made
