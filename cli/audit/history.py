"""A lead's history, and its state at any moment, from the journal of the active generation."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from api.event_json import event_json, plain
from cli.processes.common import active_generation, open_reads
from cli.settings import Settings
from domain.kernel.errors import NotFound
from domain.kernel.ids import lead_journey
from domain.kernel.stream import Stream
from eventlog.model import Position
from projections.names import Role, database_name
from projections.read.events import EventReader, Placed
from projections.recorder import repository
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def history(settings: Settings, lead: str) -> list[dict[str, Any]]:
    """All events of the journey. Raises NotFound `lead_not_found`."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        reads, _ = await open_reads(stack, settings, vault)
        placed = await _all_events(EventReader(reads), lead)
    return [event_json(one.position, one.recorded) for one in placed]


async def state_at(settings: Settings, lead: str, *, at: datetime | None, version: int | None) -> dict[str, Any]:
    """Stream → its attributes, rebuilt by `eventsourcing`'s Repository over our recorder.

    at: naive is UTC. version: of each stream, as far as it has come. Streams that did not exist yet are left out.
    """
    moment = at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await active_generation(vault)
        reads, _ = await open_reads(stack, settings, vault)
        placed = await _all_events(EventReader(reads), lead)
    wanted = versions_at(placed, at=moment, version=version)
    with repository(settings.dsn(Role.WRITER, database_name(number))) as streams:
        return {name: attributes(streams.get(name, version=number)) for name, number in wanted.items()}


def versions_at(placed: list[Placed], *, at: datetime | None, version: int | None) -> dict[str, int]:
    """Stream → its version at the moment, or the asked version as far as the stream has come."""
    found: dict[str, int] = {}
    for one in placed:
        meta = one.recorded.meta
        if (at is None or meta.at <= at) and (version is None or meta.version <= version):
            found[meta.stream] = max(found.get(meta.stream, 0), meta.version)
    return found


def attributes(stream: Stream) -> dict[str, Any]:
    """Version, last change and the state of a stream, JSON-able."""
    state = {name: plain(value) for name, value in vars(stream).items() if not name.startswith("_")}
    return {"version": stream.version, "at": plain(stream.modified_on), "state": state}


async def _all_events(reader: EventReader, lead: str) -> list[Placed]:
    placed: list[Placed] = []
    after: Position | None = None
    while batch := await reader.journey_events(lead_journey(lead), after=after):
        placed += batch
        after = batch[-1].position
    if not placed:
        raise NotFound("lead_not_found", lead)
    return placed
