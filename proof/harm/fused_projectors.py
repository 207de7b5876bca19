"""Projectors that die at a named point: the Postgres projector with its running shell, and ClickHouse's.

Points are reached through the parts that the shells are given: nothing in the product knows of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

import psycopg

from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from eventlog.topics import Topics
from projections.clickhouse import projector as analytics
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.plan import Block
from projections.clickhouse.plan import Plan as BlockPlan
from projections.clickhouse.projection import Stored
from projections.clickhouse.projector import AnalyticsConfig
from projections.clickhouse.store import ClickHouseStore
from projections.names import Role
from projections.plan import Known, Place, Plan, Questions
from projections.pool import Connection
from projections.postgres import PostgresProjector
from projections.run import Source, run_projector
from proof.bugs.new_token import NewToken
from proof.bugs.position_first import PositionFirst
from proof.ground.generation import Generation
from proof.ground.histories import Keys
from proof.harm.fuse import Fuse

POSTGRES_POINTS: Final = (
    "before_read", "after_read", "positions_locked", "before_notify", "after_notify", "before_commit", "in_commit",
    "after_commit",
)  # fmt: skip
CLICKHOUSE_POINTS: Final = (
    "before_read", "after_read", "before_plan", "after_plan", "plan_read_back", "before_insert", "in_insert",
    "after_insert", "before_done", "after_done",
)  # fmt: skip

BLOCK_ROWS: Final = 6
"""So that a life has several blocks; a full one is one to the server too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """projector: `postgres` or `clickhouse`. point: empty for one that lives until it has caught up. nth: passing of
    the point. late_s: from reaching a point that lies in the server's work until death. records: of one poll.
    bug: the control's."""

    projector: str
    point: str = ""
    nth: int = 1
    late_s: float = 0.0
    records: int = 500
    bug: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where both projectors read and write."""

    kafka: str
    prefix: str
    cluster: str
    partitions: int
    admin: str
    database_prefix: str
    clickhouse: Target

    @property
    def topics(self) -> Topics:
        return Topics(self.prefix)

    @property
    def generation(self) -> Generation:
        return Generation(self.admin, 1, self.database_prefix)

    @property
    def source(self) -> Source:
        return Source(
            bootstrap=self.kafka,
            topic=self.topics.events,
            cluster=self.cluster,
            partitions=range(self.partitions),
        )

    @property
    def analytics(self) -> AnalyticsConfig:
        return AnalyticsConfig(
            bootstrap=self.kafka,
            target=self.clickhouse,
            topics=self.topics,
            partitions=self.partitions,
            cluster=self.cluster,
            block_rows=BLOCK_ROWS,
            linger_s=0.05,
        )


class FusedConsumer(LogConsumer):
    fuse: Fuse

    async def poll(self, timeout_ms: int = 500) -> dict[int, list[Commit]]:
        self.fuse.reach("before_read")
        read = await super().poll(timeout_ms)
        if read:
            self.fuse.reach("after_read")
        return read


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedSource(Source):
    fuse: Fuse
    records: int

    def consumer(self, anchors: Sequence[Anchor], *, max_records: int = 0) -> LogConsumer:
        made = FusedConsumer(
            self.bootstrap, self.topic, anchors, cluster=self.cluster, max_records=max_records or self.records
        )
        made.fuse = self.fuse
        return made


def fused_projector(base: type[PostgresProjector], fuse: Fuse) -> type[PostgresProjector]:
    class Fused(base):  # type: ignore[misc, valid-type]  # the control's bug may be beneath
        async def _ask(
            self, conn: Connection, commits: Sequence[Commit], asked: Questions
        ) -> tuple[dict[int, Anchor], Known]:
            answer: tuple[dict[int, Anchor], Known] = await super()._ask(conn, commits, asked)
            fuse.reach("positions_locked")
            return answer

        async def _aside(self, conn: Connection, made: Plan) -> None:
            fuse.reach("before_notify")
            await super()._aside(conn, made)
            fuse.reach("after_notify")

        async def _write(self, commits: Sequence[Commit], poison: frozenset[Place] = frozenset()) -> None:
            await super()._write(commits, poison)
            fuse.reach("after_commit")

    return Fused


def fused_pipeline(fuse: Fuse) -> type[psycopg.AsyncPipeline]:
    """A batch syncs once, when all but the commit was sent."""

    class Fused(psycopg.AsyncPipeline):
        async def sync(self) -> None:
            await super().sync()
            fuse.reach("before_commit")
            fuse.reach("in_commit")

    return Fused


def fused_store(base: type[ClickHouseStore], fuse: Fuse) -> type[ClickHouseStore]:
    class Fused(base):  # type: ignore[misc, valid-type]  # the control's bug may be beneath
        async def state(self) -> Mapping[int, Stored]:
            found: Mapping[int, Stored] = await super().state()
            if any(not stored.done for stored in found.values()):
                fuse.reach("plan_read_back")
            return found

        async def claim(self, plan: BlockPlan) -> None:
            fuse.reach("before_plan")
            await super().claim(plan)
            fuse.reach("after_plan")

        async def insert(self, block: Block) -> None:
            fuse.reach("before_insert")
            fuse.reach("in_insert")
            await super().insert(block)
            fuse.reach("after_insert")

        async def done(self, plans: Sequence[BlockPlan]) -> None:
            fuse.reach("before_done")
            await super().done(plans)
            fuse.reach("after_done")

    return Fused


async def live(places: Places, life: Life) -> None:
    """Until death, or until the log has been caught up with."""
    fuse = Fuse(life.point, life.nth, life.late_s)
    await (_postgres if life.projector == "postgres" else _clickhouse)(places, life, fuse)


async def _postgres(places: Places, life: Life, fuse: Fuse) -> None:
    async def active() -> int:
        return places.generation.n

    stop = asyncio.Event()
    made = fused_projector(PositionFirst if life.bug else PostgresProjector, fuse)
    names: dict[str, Any] = {name: getattr(places.source, name) for name in Source.__dataclass_fields__}
    source = FusedSource(**names, fuse=fuse, records=life.records)
    dsn = places.generation.dsn(Role.PROJECTOR)
    with patch("psycopg.connection_async.AsyncPipeline", fused_pipeline(fuse)):
        async with made(dsn, places.generation.n, Keys()) as projector:
            await run_projector(projector, source, active, stop, ready=stop.set)


async def _clickhouse(places: Places, life: Life, fuse: Fuse) -> None:
    def consumer(*arguments: Any, **more: Any) -> LogConsumer:
        made = FusedConsumer(*arguments, **more, max_records=life.records)
        made.fuse = fuse
        return made

    config = places.analytics
    with ExitStack() as patched:
        patched.enter_context(patch.object(analytics, "LogConsumer", consumer))
        made = fused_store(NewToken if life.bug else ClickHouseStore, fuse)
        async with (
            connect(config.target) as client,
            analytics.session(config, made(client, config.target, 1)) as running,
        ):
            await running.until_caught_up()
