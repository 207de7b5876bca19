"""Around everything but the ingress: how long requests take. Plain ASGI: streams pass."""

from __future__ import annotations

import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import REQUESTS

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are one label of the metrics: what a sender makes up must not become a time series."""


class Measured:
    """`/v1` and the open routes behind it. A request's time ends where its answer begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def begin(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in METHODS else "other"
                route: Any = scope.get("route")
                REQUESTS.labels(method, getattr(route, "path", "none"), str(message["status"])).observe(
                    time.perf_counter() - started
                )
            await send(message)

        await self._app(scope, receive, begin)
