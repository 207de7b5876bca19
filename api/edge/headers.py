"""Headers that every answer has, whoever made it: the API serves data to programs, never pages to browsers."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULTS: Final = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",  # nearly every answer is somebody's data
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-frame-options": "DENY",  # as frame-ancestors, for what does not know it
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",  # of no-cors requests; what CORS allows goes by CORS
}
"""A route that must have another says so itself: the docs page does (api/routes/docs.py), and what mails link
to (api/routes/pages.py)."""

HSTS: Final = "max-age=31536000"
"""A year, of this host alone: its sub-domains are not ours to decide on."""


class Headers:
    """secure: the API is reached by https."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        defaults = DEFAULTS | ({"strict-transport-security": HSTS} if secure else {})
        self._defaults = [(name.encode(), value.encode()) for name, value in defaults.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def begin(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                missing = [pair for pair in self._defaults if pair[0] not in there]
                # A new list: some answers are made once and sent often.
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        await self._app(scope, receive, begin)
