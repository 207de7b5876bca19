"""A journey as it was, and what happened between two moments: for operators, who may see every company's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from api.journey_json import JourneyDiff, Journeys, JourneyState
from cli.processes.common import open_reads
from cli.settings import Settings
from domain.access.sight import WHOLE
from domain.kernel.ids import lead_journey
from projections.travel.life import Cut
from projections.travel.traveller import Traveller
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def state(settings: Settings, journey: str, cut: Cut) -> JourneyState:
    """journey: its name, or a lead's id. Raises NotFound `journey_not_found`."""
    async with _journeys(settings) as (traveller, journeys):
        name = journey_named(journey)
        return await journeys.state(await traveller.owner(name), name, cut)


async def diff(settings: Settings, journey: str, since: Cut, until: Cut, *, events: int) -> JourneyDiff:
    """journey: its name, or a lead's id. Raises NotFound `journey_not_found`, InvalidInput `moments_reversed`."""
    async with _journeys(settings) as (traveller, journeys):
        name = journey_named(journey)
        return await journeys.diff(await traveller.owner(name), name, since, until, events=events)


def journey_named(text: str) -> str:
    """A lead's id stands for its journey; all else is a journey's name."""
    try:
        return lead_journey(str(UUID(text)))
    except ValueError:
        return text


@asynccontextmanager
async def _journeys(settings: Settings) -> AsyncIterator[tuple[Traveller, Journeys]]:
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        reads, _ = await open_reads(stack, settings, vault)
        traveller = Traveller(reads, WHOLE)
        yield traveller, Journeys(traveller, vault.keys)
