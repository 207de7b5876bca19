"""The server: Autentique's addresses and controls for tests, around one Office."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from simulators.autentique import api, control
from simulators.autentique.delivery import Courier
from simulators.autentique.faults import Faults
from simulators.autentique.office import Office
from simulators.autentique.state import Endpoint, Store


@dataclass(frozen=True, slots=True)
class Options:
    """api_key: the only token that is taken, and whose events go to webhook_url; without one each token is an account.
    retry_scale: factor on waits between webhook attempts."""

    port: int
    webhook_url: str = ""
    secret: str = ""
    shape: str = "data"
    api_key: str = ""
    retry_scale: float = 1.0


def make_app(options: Options) -> FastAPI:
    """The ASGI application. State begins with the server and ends with it."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        faults = Faults()
        courier = Courier(faults, scale=options.retry_scale)
        app.state.office = Office(Store(), courier, faults, origin=f"http://127.0.0.1:{options.port}")
        app.state.api_key = options.api_key
        if options.webhook_url and options.api_key:
            account = app.state.office.store.account(options.api_key)
            account.endpoint = Endpoint(options.webhook_url, options.secret, options.shape)
        yield
        await courier.close()

    app = FastAPI(title="Autentique simulator", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(api.router)
    app.include_router(control.router)

    @app.get("/")
    async def here() -> dict[str, Any]:
        return {"simulator": "autentique"}

    return app
