"""Time travel: a journey as it was, and what happened between two moments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query

from api.auth import Caller, CallerDep, allowed
from api.journey_json import JourneyDiff, Journeys, JourneyState
from api.reading import Fresh
from api.routes.commands import JOURNEY
from api.services import Services, ServicesDep
from api.watch import ReadingDep
from domain.kernel.actor import Permission
from domain.kernel.errors import Forbidden, InvalidInput
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from projections.travel.life import LAST_VERSION, Cut
from projections.travel.traveller import Traveller

router = APIRouter(prefix="/v1/journeys", tags=["journeys"], dependencies=[Fresh])

Name = Annotated[
    str,
    Path(
        pattern=JOURNEY,
        description="as events name it; its slash may be sent as it is",
        examples=["holding", "tenant/0d5c2a8e-9f1b-4c7d-8e2a-3b6f5a4d7c10"],
    ),
]
MOMENT: Final = "a version of the journey, a time (RFC 3339, with all events of that very time), or `now`"


async def _company(
    journey: Name,
    caller: CallerDep,
    _: Annotated[
        str | None, Header(alias="X-Tenant-ID", description="the journey's company; not for the holding's own")
    ] = None,
) -> str:
    """Whose rows to look at: with the rights in that company, and no other. A journey of another company is not
    there."""
    if journey == HOLDING and caller.company != HOLDING_TENANT:
        raise Forbidden("tenant_mismatch", "the holding's own journey is no company's")
    if journey != HOLDING and caller.company == HOLDING_TENANT:
        raise InvalidInput("tenant_invalid", "X-Tenant-ID is missing")
    return caller.company


CompanyDep = Annotated[str, Depends(_company)]


@router.get("/{journey:path}/state", **allowed(Permission.HISTORY_READ))
async def get_state(
    journey: Name,
    services: ServicesDep,
    caller: CallerDep,
    company: CompanyDep,
    reading: ReadingDep,
    at: Annotated[datetime | None, Query(description="with all events of that very time; UTC unless it says")] = None,
    version: Annotated[int | None, Query(ge=0, le=LAST_VERSION, description="after so many of its events")] = None,
) -> JourneyState:
    """Every stream of the journey as it was at a time, at a version, or (neither) as it is. Before its first event
    there are no streams; beyond its last one it is as it is. 404 `journey_not_found`, also for another company's and of
    a lead that the caller does not see."""
    if at is not None and version is not None:
        raise InvalidInput("moment_invalid", "either at or version")
    cut = Cut(version=version) if at is None else Cut.moment(at)
    reading.of("history", journey)
    return await _journeys(services, caller).state(company, journey, cut)


@router.get("/{journey:path}/diff", **allowed(Permission.HISTORY_READ))
async def get_diff(
    journey: Name,
    services: ServicesDep,
    caller: CallerDep,
    company: CompanyDep,
    reading: ReadingDep,
    since: Annotated[str, Query(alias="from", description=MOMENT)],
    until: Annotated[str, Query(alias="to", description=MOMENT)] = "now",
    limit: Annotated[int, Query(ge=0, le=1000, description="events told")] = 200,
) -> JourneyDiff:
    """What changed between two moments: fields with their old and new values, and the events between.
    404 `journey_not_found`, 422 `moments_reversed`."""
    reading.of("history", journey)
    return await _journeys(services, caller).diff(company, journey, Cut.read(since), Cut.read(until), events=limit)


def _journeys(services: Services, caller: Caller) -> Journeys:
    return Journeys(Traveller(services.reads, caller.sight), services.vault.keys)
