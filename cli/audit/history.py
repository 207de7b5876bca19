"""A lead's history, from the journal of the active generation."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from api.event_json import event_json
from cli.processes.common import open_reads
from cli.settings import Settings
from domain.kernel.errors import NotFound
from domain.kernel.ids import lead_journey
from eventlog.model import Position
from projections.read.events import EventReader, Placed
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def company_of(settings: Settings, lead: str) -> str:
    """Whose lead it is. Raises NotFound `lead_not_found`."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        reads, _ = await open_reads(stack, settings, vault)
        placed = await EventReader(reads).journey_events(lead_journey(lead))
    if not placed:
        raise NotFound("lead_not_found", lead)
    return placed[0].recorded.meta.tenant


async def history(settings: Settings, lead: str) -> list[dict[str, Any]]:
    """All events of the journey. Raises NotFound `lead_not_found`."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        reads, _ = await open_reads(stack, settings, vault)
        placed = await _all_events(EventReader(reads), lead)
    return [event_json(one.position, one.recorded) for one in placed]


async def _all_events(reader: EventReader, lead: str) -> list[Placed]:
    placed: list[Placed] = []
    after: Position | None = None
    while batch := await reader.journey_events(lead_journey(lead), after=after):
        placed += batch
        after = batch[-1].position
    if not placed:
        raise NotFound("lead_not_found", lead)
    return placed
