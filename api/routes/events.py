"""Server-sent events: the company's events as they reach the log (and have been projected)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from api.auth import Caller, CallerDep, TenantDep, allowed
from api.event_json import event_json
from api.metrics import STREAMS_OPEN
from api.services import Services, ServicesDep
from api.vector import format_vector, parse_vector
from domain.access.reading import to_read
from domain.kernel.actor import Permission
from domain.kernel.errors import Forbidden, Unauthenticated, Unavailable
from projections.read.feed import events_after

router = APIRouter(prefix="/v1/events", tags=["events"])

MAX_AGE_S: Final = 600.0
"""A connection is ended after ten minutes: the client resumes by Last-Event-ID, and a permission that was taken away or
a deploy never waits longer."""

CHECK_S: Final = 1.0
"""How often a silent connection looks for shutdown and a reader that went away."""

KEEPALIVE_S: Final = 15.0
"""Proxies cut connections that are silent for half a minute or so."""


FRAMES: Final = {
    "description": "Server-sent events",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


@router.get("", response_class=StreamingResponse, responses={200: FRAMES}, **allowed(Permission.COMPANY_READ))
async def stream_events(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    _: TenantDep,
    last_event_id: Annotated[str, Header()] = "",
    after: Annotated[str, Query(description="`now` (default), `start`, or a vector of positions")] = "now",
) -> StreamingResponse:
    """`event: <type>`, `data: <JSON>`, `id: <vector of positions delivered>`. Resume with Last-Event-ID.

    An event that the caller may not see is passed over; the connection ends with the token, or when the rights do."""
    vector = _begin(services, last_event_id or after)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(
        _stream(request, services, caller, vector), headers=headers, media_type="text/event-stream"
    )


def _begin(services: Services, after: str) -> dict[int, int]:
    """Partition → first offset to deliver, for every partition. Raises InvalidInput, Unavailable."""
    start = dict.fromkeys(range(services.partitions), 0)
    if after == "start":
        return start
    if after == "now":
        if not services.listener.ticks:
            raise Unavailable("starting", "where the log stands is not known yet")
        return start | services.listener.positions
    return start | parse_vector(after, services.partitions)


async def _stream(request: Request, services: Services, caller: Caller, vector: dict[int, int]) -> AsyncIterator[bytes]:
    until = time.monotonic() + MAX_AGE_S
    spoke = time.monotonic()
    STREAMS_OPEN.inc()
    try:
        # the id at once: a client that is cut off before the first event resumes where it began
        yield f"retry: 1000\nid: {format_vector(vector)}\n\n".encode()
        while time.monotonic() < until and not await request.is_disconnected() and not _stopping(request):
            ticks = services.listener.ticks
            try:
                caller = await services.authenticator.again(caller)
            except (Unauthenticated, Forbidden):
                return
            except Unavailable:
                await asyncio.sleep(CHECK_S)  # the vault is away: nothing is shown on the word of before
                continue
            before = dict(vector)
            async for frame in _due(services, caller, vector):
                spoke = time.monotonic()
                yield frame
            if time.monotonic() - spoke > KEEPALIVE_S:
                spoke = time.monotonic()
                yield b": still here\n\n"
            if vector != before:  # there may be more
                continue
            await services.listener.moved(CHECK_S, since=ticks)
    finally:
        STREAMS_OPEN.dec()


async def _due(services: Services, caller: Caller, vector: dict[int, int]) -> AsyncIterator[bytes]:
    """Frames of what is new; moves the vector. No transaction is open while a frame is on its way.

    An event is shown to who sees its lead when it is looked at, whoever had the lead when it happened."""
    projected = services.listener.positions
    try:
        async with services.reads.company(caller.company, caller.sight) as conn:
            fed = await events_after(conn, caller.company, vector)
    except Unavailable:
        await asyncio.sleep(CHECK_S)  # the database is away: the connection outlives it
        return
    for position, entry in fed.entries:
        vector[position.partition] = position.offset + 1
        if to_read(entry.stream) not in caller.actor.grant:
            continue
        shown = event_json(position, entry)
        yield (f"id: {format_vector(vector)}\nevent: {shown['type']}\ndata: ".encode() + orjson.dumps(shown) + b"\n\n")
    for partition, end in fed.until.items():  # what only others see is passed over, and not looked at again
        vector[partition] = max(vector[partition], min(end, projected.get(partition, 0)))


def _stopping(request: Request) -> bool:
    stopping: Callable[[], bool] = request.app.state.stopping
    return stopping()
