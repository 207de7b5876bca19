"""The trail of a lead: what led to what, from the ad to what its platform said."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse

from api.auth import CallerDep, TenantDep, allowed
from api.reading import Fresh
from api.routes.leads import After
from api.seen import lead_seen
from api.services import ServicesDep
from api.trail_json import TrailJson, trail_json
from api.trail_mermaid import mermaid
from api.watch import ReadingDep
from domain.kernel.actor import Permission
from domain.kernel.ids import lead_journey
from projections.trail.reader import MAX_LIMIT, Trails

router = APIRouter(prefix="/v1/leads/{lead_id}", tags=["leads"], dependencies=[Fresh])


class TrailForm(StrEnum):
    JSON = "json"
    MERMAID = "mermaid"


ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": TrailJson, "content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/trail", response_model=TrailJson, responses=ANSWERS, **allowed(Permission.HISTORY_READ))
async def get_trail(
    lead_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    whole: Annotated[bool, Query(description="details too, not the steps alone")] = False,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="events told")] = 200,
    after: After = None,
    form: Annotated[TrailForm, Query(alias="format", description="`mermaid`: a flowchart as text")] = TrailForm.JSON,
) -> TrailJson | Response:
    """Its events in the order of the log, with their places on the chain, and what each comes from and stands on.
    404 `lead_not_found`, also for another company's and one that the caller does not see."""
    lead = (await lead_seen(services, caller, str(lead_id))).id
    trail = await Trails(services.reads, caller.sight).trail(tenant, lead, whole=whole, limit=limit, after=after)
    reading.of("history", lead_journey(lead))
    return PlainTextResponse(mermaid(trail)) if form is TrailForm.MERMAID else trail_json(trail)
