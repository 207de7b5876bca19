"""No body under /v1 is larger than it may be: whatever its Content-Length says, and without one."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.ingress.body import Disconnected, read_body
from api.problems import problem
from domain.kernel.errors import TooLarge, Unavailable

MAX_BODY: Final = 1024 * 1024
"""Bytes of a request under /v1: its largest body is a Centurion's persona of 20,000 characters."""


class Capped:
    """Reads the body before anybody parses it: every route wants the whole of it anyway."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = _declared(scope) if scope["type"] == "http" else 0
        if declared == 0:
            await self._app(scope, receive, send)
            return
        try:
            body = await read_body(receive, declared, limit=self._limit)
        except Disconnected:
            return
        except TooLarge as error:
            detail = f"at most {self._limit} bytes: {error.detail}"
            await problem(413, error.code, detail, path=scope["path"])(scope, receive, send)
        except Unavailable as error:
            await problem(408, error.code, error.detail, path=scope["path"])(scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)


def _declared(scope: Scope) -> int | None:
    """Bytes of the body by its Content-Length; 0: there is none. None: it must be counted."""
    headers = {name: value for name, value in scope["headers"] if name in {b"content-length", b"transfer-encoding"}}
    if b"transfer-encoding" in headers:
        return None
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() and len(length) < 20 else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then whatever else comes: that the client went away."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once() -> Message:
        return whole.pop() if whole else await receive()

    return once
