"""The API process's ASGI application: the raw ingress in front, FastAPI behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import openapi, problems
from api.ingress.app import PREFIX, Ingress
from api.measured import Measured
from api.routes import (
    auth,
    centurions,
    commands,
    companies,
    conversations,
    demo,
    events,
    health,
    instances,
    invitations,
    invited,
    journeys,
    keys,
    leads,
    me,
    members,
    roles,
    status,
    teams,
    users,
)
from api.services import Services

VERSION: Final = "1"
PROBED: Final = (health,)
"""Without a token, and without problems to document."""

OPEN: Final = (auth, keys, invited)
"""Without a token: what proves who calls is in the request itself, or nothing is asked."""

GUARDED: Final = (
    me,
    users,
    companies,
    invitations,
    members,
    roles,
    teams,
    centurions,
    instances,
    leads,
    conversations,
    commands,
    events,
    journeys,
    status,
    demo,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root makes inside of the event loop."""

    services: Services
    ingress: Ingress


Compose = Callable[[], AbstractAsyncContextManager[Parts]]


def make_app(
    compose: Compose, *, cors_origins: tuple[str, ...] = (), stopping: Callable[[], bool] = lambda: False
) -> ASGIApp:
    """compose: opened at start-up, closed at shutdown. stopping: whether the server wants its connections to end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stopping = stopping
        async with compose() as parts:
            app.state.services = parts.services
            app.state.ingress = parts.ingress
            summaries = asyncio.create_task(parts.ingress.summarise())
            yield
            summaries.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await summaries
            await parts.ingress.flush()

    app = FastAPI(
        title="Legion",
        version=VERSION,
        lifespan=lifespan,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    problems.install(app)
    openapi.install(app)
    for module in PROBED:
        app.include_router(module.router)
    for module in (*OPEN, *GUARDED):
        app.include_router(module.router, responses=openapi.PROBLEMS)
    if cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(cors_origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=[
                "authorization",
                "content-type",
                "idempotency-key",
                "last-event-id",
                "x-tenant-id",
                "x-legion-position",
            ],
            expose_headers=["location", "retry-after", "x-legion-position"],
        )
    return _Front(app)


class _Front:
    """Sends providers' webhooks past FastAPI: the ingress needs none of it and is three times as fast without."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._measured = Measured(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            ingress: Ingress = self._app.state.ingress
            await ingress(scope, receive, send)
        else:
            await self._measured(scope, receive, send)
