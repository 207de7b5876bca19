"""A log that grows, and both projections of it: what projectors are killed over."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from eventlog.topics import Topics, cluster_id, create_topics
from projections.clickhouse.connection import Target
from projections.clickhouse.tables import create_tables
from projections.fill import Filler
from projections.names import Role
from projections.postgres import PostgresProjector
from proof.embedded_servers import clickhouse_http, kafka_bootstrap, postgres_dsn
from proof.ground.generation import Generation, make_generation
from proof.ground.histories import Story, set_up
from proof.ground.moves import MOVES, step
from proof.ground.served import ServedLog
from proof.harm.fused_projectors import Places

PARTITIONS: Final = 3
LEADS: Final = 9


@dataclass(frozen=True, slots=True)
class Projected:
    places: Places
    log: ServedLog
    stories: list[Story]

    async def grow(self, rng: random.Random, steps: int) -> None:
        for _ in range(steps):
            step(rng.choice(self.stories), rng.choice(MOVES), rng.randint(1, 3), rng.randint(0, 2))
        await self.log.send(self.places.kafka)

    async def rebuilt(self) -> Generation:
        """A second generation from offset 0, as `legion rebuild` fills it."""
        made = await make_generation(self.places.admin, 2, self.places.database_prefix)
        async with (
            PostgresProjector(made.dsn(Role.PROJECTOR), made.n, self.log.keys) as projector,
            Filler(projector, self.places.source, lambda _done, _all: None) as filler,
        ):
            await filler.fill(None)
        return made


@asynccontextmanager
async def projected() -> AsyncIterator[Projected]:
    """Servers of its own; companies and leads that arrived."""
    with kafka_bootstrap() as kafka, postgres_dsn() as admin, clickhouse_http() as clickhouse:
        topics = Topics(f"p{uuid4().hex[:8]}.")
        await create_topics(kafka, topics, PARTITIONS, single_node=True)
        cluster = await cluster_id(kafka)
        generation = await make_generation(admin)
        places = Places(
            kafka=kafka,
            prefix=topics.prefix,
            cluster=cluster,
            partitions=PARTITIONS,
            admin=admin,
            database_prefix=generation.prefix,
            clickhouse=Target(
                host=clickhouse.host,
                port=clickhouse.port,
                user=clickhouse.user,
                password=clickhouse.password,
            ),
        )
        await create_tables(places.clickhouse)
        log = ServedLog(cluster, topics, PARTITIONS)
        set_up(log)
        stories = [Story(log, f"lead {n}") for n in range(LEADS)]
        for story in stories:
            story.arrives()
        await log.send(kafka)
        yield Projected(places, log, stories)
