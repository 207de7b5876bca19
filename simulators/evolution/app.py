"""The server: documented endpoints, controls for tests, and the page, around one Network."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from simulators.evolution import api, control, page
from simulators.evolution.delivery import Courier
from simulators.evolution.faults import Faults
from simulators.evolution.network import Network
from simulators.evolution.source import EventsSource
from simulators.evolution.state import Store, Webhook


@dataclass(frozen=True, slots=True)
class Options:
    """webhook_url, secret: of the instance that exists from the start. pace: factor on receipts and typing;
    retry_scale: on waits between webhook attempts. data: folder of the journal, None for memory only."""

    port: int
    instance: str = "demo"
    webhook_url: str = ""
    secret: str = ""
    api_key: str = ""
    data: Path | None = None
    events_url: str | None = None
    pace: float = 1.0
    retry_scale: float = 1.0


def make_app(options: Options) -> FastAPI:
    """The ASGI application. State begins with the server and ends with it."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        faults = Faults()
        network = Network(
            Store(options.data),
            Courier(faults, scale=options.retry_scale),
            faults,
            pace=options.pace,
            server_url=f"http://127.0.0.1:{options.port}",
        )
        _first_instance(network, options)
        app.state.network = network
        app.state.api_key = options.api_key
        app.state.events = EventsSource(options.events_url)
        yield
        await network.close()

    app = FastAPI(title="Evolution simulator", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(api.router)
    app.include_router(control.router)
    app.include_router(page.router)

    @app.exception_handler(api.ApiFailure)
    async def show_failure(request: Request, error: api.ApiFailure) -> JSONResponse:
        del request
        return JSONResponse(error.body, error.status, {"retry-after": "1"} if error.status == 429 else None)

    return app


def _first_instance(network: Network, options: Options) -> None:
    """An instance that is connected from the start, so that a demo needs no QR code."""
    instance = network.store.instances.get(options.instance) or network.create(options.instance)
    instance.state = "open"
    if options.webhook_url:
        headers = {"x-webhook-secret": options.secret} if options.secret else {}
        instance.webhook = Webhook(options.webhook_url, headers)
    network.store.save_instance(instance)
