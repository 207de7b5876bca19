"""The API process's ASGI application: the raw ingress in front, FastAPI behind it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.ingress.app import PREFIX, Ingress
from api.metrics import REQUESTS
from api.routes import centurions, commands, companies, conversations, demo, events, health, instances, leads
from api.services import Services

VERSION: Final = "1"
MAX_BODY: Final = 1024 * 1024
"""Bytes of a request under /v1: its largest body is a Centurion's persona of 20,000 characters."""

ROUTERS: Final = (health, companies, centurions, instances, leads, conversations, commands, events, demo)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root makes inside of the event loop."""

    services: Services
    ingress: Ingress


Compose = Callable[[], AbstractAsyncContextManager[Parts]]


def make_app(compose: Compose, *, cors_origins: tuple[str, ...] = ()) -> ASGIApp:
    """compose: opened at start-up, closed at shutdown."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stopping = False
        async with compose() as parts:
            app.state.services = parts.services
            app.state.ingress = parts.ingress
            summaries = asyncio.create_task(parts.ingress.summarise())
            yield
            app.state.stopping = True
            summaries.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await summaries
            await parts.ingress.flush()

    app = FastAPI(title="Legion", version=VERSION, lifespan=lifespan, redoc_url=None)
    problems.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    if cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(cors_origins),
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=["authorization", "content-type", "idempotency-key", "x-tenant-id", "x-legion-position"],
        )
    app.middleware("http")(_measured)
    return _Front(app)


async def _measured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    started = time.perf_counter()
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY or "chunked" in request.headers.get("transfer-encoding", ""):
        return problems.problem(
            413, "body_too_large", f"at most {MAX_BODY} bytes, with a length", path=request.url.path
        )
    response = await call_next(request)
    route: Any = request.scope.get("route")
    path = getattr(route, "path", "unknown")
    REQUESTS.labels(request.method, path, str(response.status_code)).observe(time.perf_counter() - started)
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["cache-control"] = response.headers.get("cache-control", "no-store")
    return response


class _Front:
    """Sends providers' webhooks past FastAPI: the ingress needs none of it and is three times as fast without."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            ingress: Ingress = self._app.state.ingress
            await ingress(scope, receive, send)
        else:
            await self._app(scope, receive, send)
