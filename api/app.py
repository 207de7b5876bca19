"""The API process's ASGI application: FastAPI behind its edge (api/edge/chain.py), the ingress beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Lifespan

from api import etags, openapi, problems
from api.edge.chain import with_edge
from api.edge.config import EdgeConfig
from api.edge.quota import sweep
from api.ingress.app import Ingress
from api.routes import (
    activities,
    api_keys,
    auth,
    centurions,
    commands,
    companies,
    contracts,
    conversations,
    conversions,
    deals,
    demo,
    docs,
    events,
    file_content,
    files,
    handoffs,
    health,
    instances,
    integrations,
    invitations,
    invited,
    journeys,
    keys,
    lead_facts,
    lead_states,
    leads,
    leaked_keys,
    me,
    members,
    pages,
    pipelines,
    pixels,
    qualification,
    recovery,
    roles,
    security_events,
    services,
    sessions,
    status,
    teams,
    templates,
    trails,
    users,
)
from api.services import Services
from domain.kernel.errors import Unavailable

VERSION: Final = "1"
PROBED: Final = (health, docs)
"""Without a token, and without problems to document."""

OPEN: Final = (auth, recovery, keys, invited, leaked_keys, file_content)
"""Without a token: what proves who calls is in the request itself, or nothing is asked."""

GUARDED: Final = (
    me,
    users,
    companies,
    invitations,
    members,
    sessions,
    roles,
    api_keys,
    security_events,
    teams,
    files,
    centurions,
    instances,
    integrations,
    pipelines,
    services,
    qualification,
    templates,
    leads,
    lead_states,
    lead_facts,
    handoffs,
    trails,
    deals,
    activities,
    contracts,
    pixels,
    conversions,
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
    compose: Compose,
    *,
    edge: EdgeConfig,
    own_pages: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """compose: opened at start-up, closed at shutdown. own_pages: what mails link to is here. stopping: whether the
    server wants its connections to end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stopping = stopping
        async with compose() as parts:
            app.state.services = parts.services
            app.state.ingress = parts.ingress
            watch, rates = parts.services.watch, parts.services.vault.rates
            async with _running(parts.ingress.summarise(), watch.run(), sweep(rates)):
                yield
            await parts.ingress.flush()
            with suppress(Unavailable):
                await watch.flush()

    app = described(lifespan, own_pages=own_pages)
    return with_edge(app, edge, lambda: app.state.services, lambda: app.state.ingress)


def described(lifespan: Lifespan[FastAPI] | None = None, *, own_pages: bool = False) -> FastAPI:
    """All routes with their documentation. Without a lifespan nothing stands behind them: for who reads about them."""
    app = FastAPI(
        title="Legion",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,  # api/routes/docs.py
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    problems.install(app)
    etags.install(app)
    openapi.install(app)
    for module in PROBED:
        app.include_router(module.router)
    for module in (*OPEN, *GUARDED):
        app.include_router(module.router, responses=openapi.PROBLEMS)
    if own_pages:
        app.include_router(pages.router)
    return app


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of all routes, to be read only: making it takes seconds."""
    return described().openapi()


@asynccontextmanager
async def _running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Meanwhile."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
