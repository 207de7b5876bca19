"""What became of a command: where a 202 points."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.auth import CallerDep, allowed
from api.services import ServicesDep
from domain.kernel.actor import Permission

router = APIRouter(prefix="/v1/commands", tags=["commands"])

UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
JOURNEY = f"^(holding|(tenant|lead)/{UUID_PATTERN})$"


class CausedEvent(BaseModel):
    """An event that the command caused."""

    event_id: str
    topic: str
    stream: str
    version: int


class CommandOutcome(BaseModel):
    """position: partition:offset of the outcome's first record. events: when accepted. code, detail: when refused."""

    command_id: str
    status: Literal["pending", "accepted", "refused"]
    position: str | None = None
    events: list[CausedEvent] = Field(default=[])
    code: str | None = None
    detail: str | None = None


PENDING: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": CommandOutcome, "description": "Not answered yet, or never sent"}
}


@router.get("/{command_id}", responses=PENDING, **allowed(Permission.USER_SELF))
async def get_outcome(
    command_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    journey: Annotated[str, Query(pattern=JOURNEY)],
    response: Response,
) -> CommandOutcome:
    """`accepted` with its events, `refused` with a code, or 202 `pending`: not answered yet, or never sent. Another's
    command is never answered."""
    outcome = await services.commander.outcomes.get(journey, str(command_id))
    if outcome is None or (outcome.actor.kind, outcome.actor.id) != (caller.actor.kind, caller.actor.id):
        response.status_code = 202
        return CommandOutcome(command_id=str(command_id), status="pending")
    return CommandOutcome(
        command_id=str(command_id),
        status="accepted" if outcome.accepted else "refused",
        position=f"{outcome.partition}:{outcome.offset}",
        events=[CausedEvent(**event._asdict()) for event in outcome.events],
        code=outcome.code,
        detail=outcome.detail,
    )
