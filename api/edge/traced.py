"""Every request has a trace: its own, or the one that it came with (W3C Trace Context). Logs and events carry it."""

from __future__ import annotations

import re
from contextvars import ContextVar
from secrets import token_hex
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

TRACEPARENT: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

OF_REQUEST: Final = ("trace_id", "company", "user")
"""What log lines say of the request that they belong to: ids. The last two are known once it is authenticated."""

traceparent: Final[ContextVar[str | None]] = ContextVar("traceparent", default=None)
"""Of the request that runs; None outside of one."""


class Traced:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = trace_of(dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")) or token_hex(16)
        token = traceparent.set(f"00-{trace_id}-{token_hex(8)}-01")
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        try:
            await self._app(scope, receive, send)
        finally:
            structlog.contextvars.unbind_contextvars(*OF_REQUEST)
            traceparent.reset(token)


def trace_of(header: str) -> str | None:
    """The trace id that the header says, where it is one."""
    found = TRACEPARENT.fullmatch(header)
    return found[1] if found else None
