"""`legion rebuild`'s parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from cli.processes.common import event_source, passwords
from cli.settings import Settings
from domain.kernel.errors import Unavailable
from projections.rebuild import Rebuild, Rebuilt
from projections.run import Source
from vault.db import Vault, open_vault
from vault.provision import DATABASE, ROLE


def rebuilder(settings: Settings, vault: Vault, source: Source) -> Rebuild:
    """Its parts, from the settings."""
    return Rebuild(
        admin_dsn=settings.admin_dsn(),
        passwords=passwords(settings),
        source=source,
        opener=vault.keys,
        generations=vault.generations,
    )


async def rebuild(
    settings: Settings,
    *,
    compare_only: bool,
    accept_differences: bool,
    progress: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """See `projections.rebuild.Rebuild.run`. progress: (records done, records in all)."""
    source = await event_source(settings, asyncio.Event())
    if source is None:
        raise Unavailable("kafka_unavailable")
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        work = rebuilder(settings, vault, source)
        if progress is not None:
            work = replace(work, progress=progress)
        return await work.run(compare_only=compare_only, accept_differences=accept_differences)
