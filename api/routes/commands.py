"""What became of a command: where a 202 points."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response

from api.auth import CallerDep
from api.services import ServicesDep

router = APIRouter(prefix="/v1/commands", tags=["commands"])


@router.get("/{command_id}")
async def get_outcome(
    command_id: UUID, services: ServicesDep, _: CallerDep, journey: Annotated[str, Query(max_length=100)]
) -> Response:
    """`accepted` with its events, `refused` with a code, or 202 `pending`: not answered yet, or never sent."""
    outcome = await services.commander.outcomes.get(journey, str(command_id))
    body: dict[str, Any] = {"command_id": str(command_id)}
    if outcome is None:
        return Response(orjson.dumps(body | {"status": "pending"}), 202, media_type="application/json")
    body |= {"position": f"{outcome.partition}:{outcome.offset}"}
    if outcome.accepted:
        body |= {"status": "accepted", "events": [e._asdict() for e in outcome.events]}
    else:
        body |= {"status": "refused", "code": outcome.code, "detail": outcome.detail}
    return Response(orjson.dumps(body), media_type="application/json")
