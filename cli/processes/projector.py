"""`legion projector`: journal, read models and effects of the active generation."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from cli.processes.common import active_generation, event_source, watch_generation
from cli.settings import Settings
from projections.names import Role, database_name
from projections.postgres import PostgresProjector
from projections.run import run_projector
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`, or until another generation is active."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await active_generation(vault)
        await stack.enter_async_context(watch_generation(vault, number, stop))
        projector = PostgresProjector(settings.dsn(Role.PROJECTOR, database_name(number)), number, vault.keys)
        source = await event_source(settings, stop)
        if source is not None:
            await run_projector(projector, source, vault.generations.active, stop)
        await projector.close()
