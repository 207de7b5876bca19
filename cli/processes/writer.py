"""`legion writer`: the only producer of [events]."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from cli.processes.common import active_generation, watch_generation
from cli.settings import Settings
from commands.config import WriterConfig
from commands.limits import KIB, Limits
from commands.ports import Loaded
from commands.writer import run_writer
from domain.routing import ROUTES
from eventlog.model import Anchor
from eventlog.topics import Topics
from projections.journal import JournalReader
from projections.names import Role, database_name
from projections.pool import open_pool
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


class Journal:
    """The projections' journal reader in the shape of the writer's ports."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader

    async def load(
        self, partition: int, streams: Sequence[tuple[str, str]], command_ids: Sequence[tuple[str, str]]
    ) -> Loaded:
        found = await self._reader.load(partition, streams, command_ids)
        return Loaded(
            next_offset=found.next_offset,
            events=found.events,
            known=found.known,
            last_at=found.last_at,
            quarantined=found.quarantined,
        )

    async def anchor(self, partition: int) -> Anchor | None:
        return await self._reader.anchor(partition)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`, or until another generation is active: then the supervisor starts us anew on it."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await active_generation(vault)
        pool = await stack.enter_async_context(open_pool(settings.dsn(Role.WRITER, database_name(number))))
        await stack.enter_async_context(watch_generation(vault, number, stop))
        journal = Journal(JournalReader(pool))
        config = WriterConfig(
            bootstrap=settings.kafka_bootstrap,
            routes=ROUTES,
            topics=Topics(settings.topic_prefix),
            partitions=settings.partitions,
            limits=Limits(memory=settings.writer_memory_kib * KIB),
        )
        await run_writer(config, journal, journal, stop)
