"""Asks every part how it is. A part that is away is a fact, not an error: the others are asked all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final

import httpx

from cli.audit.topic import values
from cli.processes.common import active_generation, clickhouse_target
from cli.settings import Settings
from cli.status.groups import group, unread
from cli.status.model import DlqStatus, LastCheckpoint, PartitionStatus, Status
from cli.status.walk import Walk, walk
from commands.config import WriterConfig
from domain.kernel.errors import LegionError
from domain.routing import ROUTES
from eventlog.checkpoint import Checkpoint, Signed
from eventlog.dead_letters import read_letters
from eventlog.model import Anchor
from eventlog.topics import Topics, cluster_id
from projections.catalogue.laws import broken_laws
from projections.clickhouse.connection import connect
from projections.clickhouse.generations import active_generation as active_analytics
from projections.clickhouse.store import ClickHouseStore
from projections.names import Role, database_name
from projections.read.db import ReadDb
from projections.read.positions import anchors
from projections.read.status import (
    accepted_records,
    effect_counts,
    generation_state,
    held_pixels,
    projector_sessions,
    quarantined,
    unseen,
    unsettled,
)
from projections.run import Source
from streams.config import StreamsConfig
from vault.db import open_vault
from vault.provision import DATABASE, ROLE

PART_S: Final = 15.0
"""Longest wait for one part: a part that takes longer is away, for whoever asks."""

WALK_S: Final = 10.0
"""Of the log beyond the projector: some hundred thousand records. What is left then is counted by offsets."""

WRITER_GROUP: Final = WriterConfig(bootstrap="", routes=ROUTES).group
STREAMS_GROUP: Final = StreamsConfig(bootstrap="", topics=Topics(), default_model="", links_url="").group


async def status(settings: Settings) -> Status:
    """Never raises what a part says: it stands in `away`."""
    asking = _Asking(settings)
    await asyncio.gather(
        asking.part("read database", asking.read_database),
        asking.part("ClickHouse", asking.clickhouse),
        asking.part("checkpoints", asking.checkpoints),
        asking.part("dead letters", asking.letters),
        asking.part("normalise", asking.ingress),
        asking.part("API", asking.api),
    )
    await asking.part("log", asking.log)  # from where the projector is
    return asking.found


class _Asking:
    def __init__(self, settings: Settings) -> None:
        self.found = Status()
        self._settings = settings
        self._topics = Topics(settings.topic_prefix)
        self._positions: list[Anchor] = []
        self._accepted: dict[int, int] = {}
        self._analytics: dict[int, int] | None = None
        self._signed: Checkpoint | None = None

    async def part(self, name: str, ask: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(PART_S):
                await ask()
        except LegionError as error:
            self.found.away[name] = error.code
        except TimeoutError:
            self.found.away[name] = "timed_out"

    async def read_database(self) -> None:
        settings, found = self._settings, self.found
        async with AsyncExitStack() as stack:
            vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
            found.generation = await active_generation(vault)
            dsn = settings.dsn(Role.RUNNER, database_name(found.generation))
            reads = await stack.enter_async_context(ReadDb(dsn, size=1))
            async with reads.system() as conn:
                self._positions = await anchors(conn)
                generation = await generation_state(conn)
                self._accepted = await accepted_records(conn)
                found.effects = await effect_counts(conn)
                found.quarantine = await quarantined(conn)
                found.held_pixels = await held_pixels(conn)
                found.unsettled = await unsettled(conn)
                found.unseen = await unseen(conn)
                found.breaches = await broken_laws(conn)
                found.processes["projector"] = await projector_sessions(conn)
        found.state, found.live = generation.state, generation.live

    async def clickhouse(self) -> None:
        target = clickhouse_target(self._settings)
        async with connect(target) as client:
            self.found.analytics = number = await active_analytics(client, target)
            stored = await ClickHouseStore(client, target, number, must_be_active=False).state()
        self._analytics = {
            partition: (each.plan.after if each.done else each.plan.before).next_offset
            for partition, each in stored.items()
        }

    async def checkpoints(self) -> None:
        async for _, value in values(self._settings.kafka_bootstrap, self._topics.checkpoints, last=1):
            self._signed = signed = Signed.read(value).checkpoint
            age_s = (datetime.now(UTC) - signed.at).total_seconds()
            self.found.checkpoint = LastCheckpoint(number=signed.number, at=signed.at, age_s=round(age_s, 1))

    async def letters(self) -> None:
        letters = await read_letters(self._settings.kafka_bootstrap, self._topics.dlq)
        waiting = letters.waiting()
        eldest_s = time.time() - waiting[0].at_ms / 1000 if waiting else 0.0
        self.found.dlq = DlqStatus(
            waiting=len(waiting),
            told=sum(not letter.runnable for letter in letters.all()),
            reasons=dict(letters.reasons()),
            eldest_s=round(eldest_s, 1),
            alarm_above=self._settings.dlq_alarm,
        )
        self.found.unread_s[self._topics.dlq] = round(eldest_s, 1)

    async def ingress(self) -> None:
        settings, topic = self._settings, self._topics.ingress
        streams = await group(settings.kafka_bootstrap, STREAMS_GROUP, topic)
        self.found.processes["streams"] = streams.members
        left = await unread(settings.kafka_bootstrap, topic, settings.partitions, streams.committed)
        self.found.ingress_lag = left.lag
        self.found.unread_s[topic] = self.found.late_s["normalise"] = round(left.eldest_s, 1)

    async def api(self) -> None:
        url = f"http://{self._settings.api_host}:{self._settings.api_port}/health/live"
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=3) as http:
                answered = (await http.get(url)).is_success
        except httpx.HTTPError:
            answered = False
        self.found.processes["api"] = int(answered)

    async def log(self) -> None:
        settings = self._settings
        source = Source(
            bootstrap=settings.kafka_bootstrap,
            topic=self._topics.events,
            cluster=await cluster_id(settings.kafka_bootstrap),
            partitions=range(settings.partitions),
        )
        begin: Sequence[Anchor] = self._positions or source.genesis()
        walked = await walk(source, begin, within_s=WALK_S)
        self.found.whole = walked.whole
        if self._positions:
            late_s = 0.0 if walked.since_ms is None else time.time() - walked.since_ms / 1000
            self.found.late_s["postgres"] = round(late_s, 1)
        commands = await self._commands(walked)
        self.found.partitions = [
            self._partition(place, anchor, walked, commands) for place, anchor in walked.ends.items()
        ]

    async def _commands(self, walked: Walk) -> dict[int, int]:
        """Partition → commands without an answer. Of a repeated command there is no commit: the writer's own word
        counts where it is further."""
        settings, topic = self._settings, self._topics.commands
        writer = await group(settings.kafka_bootstrap, WRITER_GROUP, topic)
        self.found.processes["writer"] = writer.members
        answered = {
            partition: max(anchor.last_command_offset + 1, writer.committed.get(partition, 0))
            for partition, anchor in walked.ends.items()
        }
        left = await unread(settings.kafka_bootstrap, topic, settings.partitions, answered)
        self.found.unread_s[topic] = self.found.late_s["writer"] = round(left.eldest_s, 1)
        return {partition: count for partition, (count, _) in left.partitions.items()}

    def _partition(self, place: int, end: Anchor, walked: Walk, commands: dict[int, int]) -> PartitionStatus:
        lag = {"writer": commands.get(place, 0)}
        voids = None
        if self._positions:
            lag["postgres"] = walked.beyond[place]
            projected = next(anchor.next_offset for anchor in self._positions if anchor.partition == place)
            # What is before the projector's position and not in its journal did not count.
            voids = max(0, projected - self._accepted.get(place, 0)) + walked.voids[place]
        if self._analytics is not None:
            lag["clickhouse"] = max(0, end.next_offset - self._analytics.get(place, 0))
        if self._signed is not None:
            lag["signer"] = max(0, end.next_offset - self._signed.heads[place].anchor.next_offset)
        return PartitionStatus(
            partition=place,
            next_offset=end.next_offset,
            head=end.head.hex(),
            last_command=end.last_command_offset,
            voids=voids,
            lag=lag,
        )
