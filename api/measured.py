"""Around everything but the ingress: body limit, metrics, headers that every answer has. Plain ASGI: streams pass."""

from __future__ import annotations

import time
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import REQUESTS
from api.problems import problem

MAX_BODY: Final = 1024 * 1024
"""Bytes of a request under /v1: its largest body is a Centurion's persona of 20,000 characters."""

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
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                headers.setdefault("cache-control", "no-store")
                method = scope["method"] if scope["method"] in METHODS else "other"
                route: Any = scope.get("route")
                REQUESTS.labels(method, getattr(route, "path", "none"), str(message["status"])).observe(
                    time.perf_counter() - started
                )
            await send(message)

        if _too_large(scope):
            refusal = problem(
                413, "body_too_large", f"at most {MAX_BODY} bytes, with a Content-Length", path=scope["path"]
            )
            await refusal(scope, receive, begin)
        else:
            await self._app(scope, receive, begin)


def _too_large(scope: Scope) -> bool:
    headers = {name: value for name, value in scope["headers"] if name in {b"content-length", b"transfer-encoding"}}
    length = headers.get(b"content-length", b"0")
    return b"transfer-encoding" in headers or not length.isdigit() or len(length) > 9 or int(length) > MAX_BODY
