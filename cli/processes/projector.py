"""`legion projector`: journal, read models and effects of the active generation."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import structlog

from cli.processes.common import active_generation, event_source, watch_generation
from cli.settings import Settings
from domain.kernel.errors import Unavailable
from projections.names import Role, database_name
from projections.postgres import PostgresProjector
from projections.provision import provision_missing
from projections.run import run_projector
from vault.db import open_vault
from vault.provision import DATABASE, ROLE

RETRY_S: Final = 1.0

log = structlog.get_logger()


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`, or until another generation is active."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await active_generation(vault)
        await stack.enter_async_context(watch_generation(vault, number, stop))
        projector = PostgresProjector(settings.dsn(Role.PROJECTOR, database_name(number)), number, vault.keys)
        source = await event_source(settings, stop)
        if source is not None:
            ready = asyncio.Event()
            completing = asyncio.create_task(_complete(settings, number, ready))
            try:
                await run_projector(projector, source, vault.generations.active, stop, ready=ready.set)
            finally:
                completing.cancel()
        await projector.close()


async def _complete(settings: Settings, number: int, ready: asyncio.Event) -> None:
    """Companies' schemas are in no event: where this generation lacks them (its database was lost and filled anew)
    they are made again, each time that the projector has caught up."""
    database = database_name(number)
    reader, provisioner = settings.dsn(Role.RUNNER, database), settings.dsn(Role.PROVISIONER, database)
    while True:
        await ready.wait()
        ready.clear()
        try:
            made = await provision_missing(reader, provisioner)
        except Unavailable as away:
            log.warning("schemas_not_made", code=away.code)
            await asyncio.sleep(RETRY_S)
            ready.set()
        else:
            if made:
                log.warning("schemas_made_again", companies=made)
