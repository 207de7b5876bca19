"""The server: `POST /{version}/{dataset}/events` as documented, and what tests need.

GET    /_sim/events?dataset=   what was taken: `{event_name, event_id, received, accepted, …}` each
GET    /_sim/calls             counts of requests and events
DELETE /_sim/events            forgets events, counts, faults and the clock
PUT    /_sim/tokens            {token, alive, subcode?}: kills one or revives it
PUT    /_sim/datasets          {dataset, open}: takes permission away or gives it back
PUT    /_sim/strangers         {external_ids}: by whom it finds nobody from now on
PUT    /_sim/clock             {ahead_s}: of this clock before the machine's
GET, POST, DELETE /_faults     see faults.py

Standing alone: nothing of Legion is imported.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from simulators.body import read_object
from simulators.meta.faults import AFTER, Fault
from simulators.meta.problems import Problem
from simulators.meta.state import Meta
from simulators.sse import CutOff, Streamed


def make_app(meta: Meta) -> FastAPI:
    """The ASGI application around one state."""
    app = FastAPI(title="Conversions API simulator", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/{version}/{dataset}/events", response_model=None)
    async def events(version: str, dataset: str, request: Request) -> Response:
        del version
        meta.counts["requests"] += 1
        trace = meta.trace()
        try:
            return await _answer(meta, dataset, request, trace)
        except Problem as problem:
            meta.counts["refused"] += 1
            return problem.answer(trace)

    _add_controls(app, meta)
    _add_faults(app, meta)
    return app


def _add_controls(app: FastAPI, meta: Meta) -> None:
    @app.get("/_sim/events")
    async def taken(dataset: str | None = None) -> list[dict[str, Any]]:
        return [row.shown() for row in meta.book.of(dataset)]

    @app.get("/_sim/calls")
    async def calls() -> dict[str, int]:
        return meta.counted()

    @app.delete("/_sim/events")
    async def forget() -> dict[str, bool]:
        meta.forget()
        return {"cleared": True}

    @app.put("/_sim/tokens")
    async def tokens(request: Request) -> dict[str, Any]:
        asked = await read_object(request)
        token, subcode = str(asked.get("token")), asked.get("subcode")
        meta.dead.pop(token, None)
        if not asked.get("alive"):
            meta.dead[token] = subcode if isinstance(subcode, int) else None
        return {"alive": token not in meta.dead}

    @app.put("/_sim/datasets")
    async def datasets(request: Request) -> dict[str, Any]:
        asked = await read_object(request)
        dataset = str(asked.get("dataset"))
        meta.closed.discard(dataset)
        if not asked.get("open"):
            meta.closed.add(dataset)
        return {"open": dataset not in meta.closed}

    @app.put("/_sim/strangers")
    async def strangers(request: Request) -> dict[str, int]:
        meta.strangers.update(map(str, (await read_object(request)).get("external_ids") or ()))
        return {"strangers": len(meta.strangers)}

    @app.put("/_sim/clock")
    async def clock(request: Request) -> dict[str, float]:
        meta.ahead_s = float((await read_object(request)).get("ahead_s") or 0)
        return {"ahead_s": meta.ahead_s}


def _add_faults(app: FastAPI, meta: Meta) -> None:
    @app.get("/_faults")
    async def faults() -> list[dict[str, Any]]:
        return meta.faults.shown()

    @app.post("/_faults", response_model=None)
    async def add_fault(request: Request) -> Response:
        try:
            meta.faults.add(await read_object(request))
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(meta.faults.shown())

    @app.delete("/_faults")
    async def clear_faults() -> dict[str, bool]:
        meta.faults.live.clear()
        return {"cleared": True}


async def _answer(meta: Meta, dataset: str, request: Request, trace: str) -> Response:
    body = await read_object(request)
    await _before(meta, request)
    found = meta.admit(dataset, body, _token(request, body))
    meta.take(dataset, body, found)
    fault = meta.faults.take(*AFTER)
    if fault is not None:
        return await _after(fault, request)
    return JSONResponse({"events_received": len(found), "messages": [], "fbtrace_id": trace})


def _token(request: Request, body: dict[str, Any]) -> str:
    """In the body, the address or the header, as the Graph API takes it."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return str(body.get("access_token") or request.query_params.get("access_token") or bearer)


async def _before(meta: Meta, request: Request) -> None:
    """Raises Problem. One fault of each kind: a slow answer may be a refusal too."""
    slow = meta.faults.take("slow")
    if slow is not None:
        await asyncio.sleep(slow.seconds)
    if meta.faults.take("never_accepts") is not None:
        await _hang(request)
        raise Problem(499, 0, "the client left")
    throttle = meta.faults.take("throttle")
    if throttle is not None:
        raise _throttled(throttle)
    refusal = meta.faults.take("refuse")
    if refusal is not None:
        transient = refusal.transient or None
        raise Problem(refusal.status, refusal.code, "simulated", subcode=refusal.subcode, transient=transient)


def _throttled(fault: Fault) -> Problem:
    headers = {"retry-after": str(fault.seconds)} if fault.seconds else {}
    if fault.minutes:
        usage = [{"type": "ads_management", "call_count": 100, "estimated_time_to_regain_access": fault.minutes}]
        headers["x-business-use-case-usage"] = json.dumps({"1": usage})
    words = f"(#{fault.code}) Application request limit reached"
    return Problem(fault.status, fault.code, words, headers=headers)


async def _after(fault: Fault, request: Request) -> Response:
    if fault.kind == "timeout_after_accept":
        return await _hang(request)
    if fault.kind == "cut_after_accept":
        return Streamed(_cut(), media_type="application/json")
    if fault.kind == "garbage_after_accept":
        return Response("<html>ok</html>", 200)
    return Response("Service Unavailable", fault.status)


async def _cut() -> AsyncGenerator[bytes, None]:
    yield b'{"events_received":'
    raise CutOff


async def _hang(request: Request) -> Response:
    """No answer, until the client gives up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=499)
