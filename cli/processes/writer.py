"""`legion writer`: the only producer of [events]."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from cli.processes.common import active_generation, watch_generation
from cli.settings import Settings
from commands.config import WriterConfig
from commands.writer import run_writer
from domain.routing import ROUTES
from eventlog.topics import Topics
from projections.journal import JournalReader
from projections.names import Role, database_name
from projections.pool import open_pool
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`, or until another generation is active: then the supervisor starts us anew on it."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await active_generation(vault)
        pool = await stack.enter_async_context(open_pool(settings.dsn(Role.WRITER, database_name(number))))
        await stack.enter_async_context(watch_generation(vault, number, stop))
        journal = JournalReader(pool)
        config = WriterConfig(
            bootstrap=settings.kafka_bootstrap,
            routes=ROUTES,
            topics=Topics(settings.topic_prefix),
            partitions=settings.partitions,
        )
        await run_writer(config, journal, journal, stop)
