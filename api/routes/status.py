"""What waits, for the back office. `legion status` says more: it also asks the log."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import allowed
from api.reading import Fresh
from api.services import ServicesDep
from domain.kernel.actor import Permission
from projections.read.status import (
    EffectCount,
    HeldPixel,
    Quarantined,
    Unseen,
    Unsettled,
    effect_counts,
    generation_state,
    held_pixels,
    quarantined,
    unseen,
    unsettled,
)

router = APIRouter(prefix="/v1/status", tags=["status"], dependencies=[Fresh])


class Status(BaseModel):
    """Of the read database, all companies. state: of the generation; unless `active`, nothing is claimed. live: it has
    caught up with the log."""

    state: str
    live: bool
    effects: list[EffectCount]
    quarantine: list[Quarantined]
    held_pixels: list[HeldPixel]
    unsettled: list[Unsettled]
    unseen: list[Unseen]


@router.get("", **allowed(Permission.COMPANY_MANAGE))
async def status(services: ServicesDep) -> Status:
    """Due, overdue and held effects by kind and company, journeys in quarantine; pixels that hold conversions;
    contracts of which nobody knows whether they were made, and those whose documents cannot be looked at."""
    async with services.reads.system() as conn:
        generation = await generation_state(conn)
        return Status(
            state=generation.state,
            live=generation.live,
            effects=await effect_counts(conn),
            quarantine=await quarantined(conn),
            held_pixels=await held_pixels(conn),
            unsettled=await unsettled(conn),
            unseen=await unseen(conn),
        )
