"""The simulator's page: a phone to write on as the lead, and beside it Legion's events as they reach the log."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import httpx
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from simulators.evolution.network import Network
from simulators.evolution.source import EventsSource
from simulators.sse import Streamed, event

router = APIRouter()

_PAGE: Final = Path(__file__).with_name("page.html")
_NONCE_MARK: Final = "{{nonce}}"
_KEEPALIVE_S: Final = 15.0
_RETRY_MS: Final = 2000
# Names under which a browser may ask for Legion's events: the proxy adds the token by itself, so a page of another
# site that resolves its own name to this address (DNS rebinding) must not get them.
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@router.get("/", response_class=HTMLResponse)
async def page() -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:"
    )
    html = _PAGE.read_text(encoding="utf-8").replace(_NONCE_MARK, nonce)
    headers = {"content-security-policy": f"{policy}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"}
    return HTMLResponse(html, headers={**headers, "cache-control": "no-store", "referrer-policy": "no-referrer"})


@router.get("/favicon.ico")
async def no_icon() -> Response:
    return Response(status_code=204)


@router.get("/_sim/stream")
async def stream(request: Request) -> Streamed:
    """Messages, acknowledgements, presences and connections, as they happen."""
    network: Network = request.app.state.network

    async def told() -> AsyncGenerator[bytes, None]:
        queue = network.watch()
        try:
            yield f"retry: {_RETRY_MS}\n\n".encode()
            while True:
                try:
                    yield event(await asyncio.wait_for(queue.get(), _KEEPALIVE_S))
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            network.unwatch(queue)

    return Streamed(told())


@router.get("/_sim/events")
async def events(request: Request) -> Streamed:
    """Legion's events, with the token added here so that it never stands in a page."""
    if request.url.hostname not in _LOCAL or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "only for this simulator's own page")
    source: EventsSource = request.app.state.events
    network: Network = request.app.state.network
    if not source.url:
        raise HTTPException(404, "started without --events-url")
    return Streamed(_relayed(source, network.store.tenant, request.headers.get("last-event-id", "")))


async def _relayed(source: EventsSource, tenant: str, last_id: str) -> AsyncGenerator[bytes, None]:
    """Upstream's blocks as unnamed events `{event, data}`: a browser's EventSource has no listener for all names."""
    yield f"retry: {_RETRY_MS}\n\n".encode()
    try:
        async for block in source.blocks(tenant, last_id):
            yield block
    except httpx.HTTPError as error:
        yield event({"event": "away", "data": {"reason": type(error).__name__}})
