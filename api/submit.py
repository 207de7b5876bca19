"""From an HTTP call to a command and its outcome: read your own writes, or 202 with a place to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import orjson
from fastapi import Response

from api.auth import Caller
from domain.kernel.command import Command, CommandMeta
from domain.kernel.errors import Forbidden, InvalidInput, NotFound, Refused
from domain.kernel.ids import derived
from eventlog.producer import CommandLog
from projections.read.outcomes import Outcome, Outcomes

MAX_IDEMPOTENCY_KEY: Final = 200
"""Characters. A key is a UUID or a short name; longer is a mistake."""


def command_id(caller: Caller, route: str, idempotency_key: str | None) -> str:
    """(caller, route, key) → the same id for the same call; without a key every call is a new one."""
    if idempotency_key is None:
        return str(uuid4())
    if not 0 < len(idempotency_key) <= MAX_IDEMPOTENCY_KEY:
        raise InvalidInput("idempotency_key_invalid", f"Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} characters")
    return derived("http", caller.name, route, idempotency_key)


@dataclass(frozen=True, slots=True)
class Commander:
    """Submits a command and waits for the journal to have its outcome. wait_s: how long."""

    log: CommandLog
    outcomes: Outcomes
    wait_s: float

    async def run(
        self, caller: Caller, *, tenant: str, journey: str, id_: str, command: Command
    ) -> tuple[str, Outcome | None]:
        """(command id, outcome), outcome None after `wait_s`. Raises Refused, Unavailable."""
        meta = CommandMeta(command_id=id_, tenant=tenant, journey=journey, actor=caller.actor, correlation=id_)
        await self.log.submit(meta, command)
        outcome = await self.outcomes.wait(journey, id_, self.wait_s)
        if outcome is not None and not outcome.accepted:
            raise refusal(outcome)
        return id_, outcome


def refusal(outcome: Outcome) -> Refused | NotFound:
    """A recorded refusal as the error that the API answers with."""
    code, detail = outcome.code or "refused", outcome.detail or ""
    if code == Forbidden.default_code:
        return Forbidden(code, detail)
    return NotFound(code, detail) if code.endswith("_not_found") else Refused(code, detail)


def answer(journey: str, id_: str, outcome: Outcome | None, **members: Any) -> Response:
    """200 with the position that the write reached, or 202 with where to ask for the outcome."""
    status = f"/v1/commands/{id_}?journey={journey}"
    if outcome is None:
        body = {"command_id": id_, "status": "pending", "status_url": status, **members}
        return Response(orjson.dumps(body), 202, {"Location": status}, media_type="application/json")
    body = {"command_id": id_, "status": "accepted", "events": [e.event_id for e in outcome.events], **members}
    headers = {"X-Legion-Position": f"{outcome.partition}:{outcome.offset}"}
    return Response(orjson.dumps(body), 200, headers, media_type="application/json")
