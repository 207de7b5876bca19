"""The HTTP side: `/_sim/mails` shows and forgets what came, `/_faults` makes the SMTP side fail.

Standing alone: nothing of Legion is imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from simulators.body import read_object
from simulators.mail.box import Box
from simulators.mail.faults import Faults
from simulators.mail.smtp import Handler, listen


@dataclass(frozen=True, slots=True)
class Sink:
    """password: of the SMTP side; None takes mails of anybody."""

    password: str | None = None
    box: Box = field(default_factory=Box)
    faults: Faults = field(default_factory=Faults)


def make_app(sink: Sink, host: str, smtp_port: int) -> FastAPI:
    """The ASGI application; the SMTP server lives as long as it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        server = await listen(Handler(sink.box, sink.faults, sink.password), host, smtp_port)
        yield
        server.close()

    app = FastAPI(title="Mail sink", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/_sim/mails")
    async def mails(to: str | None = None) -> list[dict[str, Any]]:
        return [mail.shown() for mail in sink.box.to(to)]

    @app.delete("/_sim/mails")
    async def forget() -> dict[str, bool]:
        sink.box.mails.clear()
        return {"cleared": True}

    @app.get("/_faults")
    async def faults() -> list[dict[str, Any]]:
        return [fault.shown() for fault in sink.faults.live]

    @app.post("/_faults", response_model=None)
    async def add_fault(request: Request) -> Response:
        try:
            return JSONResponse(sink.faults.add(await read_object(request)).shown())
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)

    @app.delete("/_faults")
    async def clear_faults() -> dict[str, bool]:
        sink.faults.clear()
        return {"cleared": True}

    return app
