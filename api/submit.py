"""From an HTTP call to a command and its outcome: read your own writes, or 202 with a place to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from fastapi import Header, Response
from pydantic import BaseModel, Field

from api.auth import Caller
from api.edge.traced import traceparent
from api.metrics import COMMANDS
from api.preconditions import subject
from domain.kernel.command import Command, CommandMeta, Expected
from domain.kernel.errors import Forbidden, InvalidInput, NotFound, Refused, VersionMismatch
from domain.kernel.ids import derived
from eventlog.producer import CommandLog
from projections.read.outcomes import Outcome, Outcomes

MAX_IDEMPOTENCY_KEY: Final = 200
"""Characters. A key is a UUID or a short name; longer is a mistake."""

IdempotencyKey = Annotated[
    str | None, Header(description="the same key on the same route is the same call: same ids, same outcome")
]


class Written(BaseModel):
    """200 `accepted`: decided and readable, at the position in the header X-Legion-Position.
    202 `pending`: durably accepted, not decided yet; ask `status_url`."""

    command_id: str
    status: Literal["accepted", "pending"]
    events: tuple[str, ...] = Field(default=(), description="ids of the events it caused, once accepted")
    status_url: str | None = Field(default=None, description="where to ask, while pending")


def written(model: type[Written]) -> dict[str, Any]:
    """Of a route decorator: what a write answers."""
    position = {"description": "partition:offset of the write; send it with a read", "schema": {"type": "string"}}
    location = {"description": "the status_url", "schema": {"type": "string"}}
    return {
        "response_model": model,
        "responses": {
            200: {"headers": {"X-Legion-Position": position}},
            202: {"model": model, "description": "Pending", "headers": {"Location": location}},
        },
    }


def command_id(caller: Caller, route: str, idempotency_key: str | None) -> str:
    """(caller, route, key) → the same id for the same call; without a key every call is a new one."""
    if idempotency_key is None:
        return str(uuid4())
    if not 0 < len(idempotency_key) <= MAX_IDEMPOTENCY_KEY:
        raise InvalidInput("idempotency_key_invalid", f"Idempotency-Key has 1 to {MAX_IDEMPOTENCY_KEY} characters")
    return derived("http", caller.name, route, idempotency_key)


def envelope(caller: Caller, *, tenant: str, journey: str, id_: str, command: Command) -> CommandMeta:
    """Of a command that the caller sends: with what `If-Match` said, for the decider to hold against the stream."""
    expected = None if caller.expected is None else Expected(stream=subject(command), version=caller.expected)
    return CommandMeta(
        command_id=id_,
        tenant=tenant,
        journey=journey,
        actor=caller.actor,
        correlation=id_,
        traceparent=traceparent.get(),
        expected=expected,
    )


@dataclass(frozen=True, slots=True)
class Commander:
    """Submits a command and waits for the journal to have its outcome. wait_s: how long."""

    log: CommandLog
    outcomes: Outcomes
    wait_s: float

    async def run(self, caller: Caller, *, tenant: str, journey: str, id_: str, command: Command) -> Outcome | None:
        """None after `wait_s`. Raises Refused, NotFound, Unavailable, OutcomeUnknown."""
        await self.log.submit(envelope(caller, tenant=tenant, journey=journey, id_=id_, command=command), command)
        outcome = await self.outcomes.wait(journey, id_, self.wait_s)
        status = "pending" if outcome is None else "accepted" if outcome.accepted else "refused"
        COMMANDS.labels(command.TOPIC, status).inc()
        if outcome is not None and not outcome.accepted:
            raise refusal(outcome)
        return outcome


def refusal(outcome: Outcome) -> Refused | NotFound:
    """A recorded refusal as the error that the API answers with."""
    code, detail = outcome.code or "refused", outcome.detail or ""
    if code == Forbidden.default_code:
        return Forbidden(code, detail)
    if code == VersionMismatch.default_code:
        return VersionMismatch(code, detail)
    return NotFound(code, detail) if code.startswith("unknown_") else Refused(code, detail)


def answer(model: type[Written], journey: str, id_: str, outcome: Outcome | None, **members: str) -> Response:
    """200 with the position that the write reached, or 202 with where to ask for the outcome."""
    if outcome is None:
        url = f"/v1/commands/{id_}?journey={journey}"
        body = model(command_id=id_, status="pending", status_url=url, **members)
        status, headers = 202, {"Location": url}
    else:
        events = tuple(event.event_id for event in outcome.events)
        body = model(command_id=id_, status="accepted", events=events, **members)
        status, headers = 200, {"X-Legion-Position": f"{outcome.partition}:{outcome.offset}"}
    return Response(body.model_dump_json(exclude_none=True), status, headers, media_type="application/json")
