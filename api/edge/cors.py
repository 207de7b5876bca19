"""Which pages may call the API from a browser: those of the origins that are configured, letter by letter."""

from __future__ import annotations

from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ASKED = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "traceparent",
    "x-legion-position",
    "x-tenant-id",
)
SHOWN = ("etag", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-legion-position")


def with_cors(app: ASGIApp, origins: tuple[str, ...]) -> ASGIApp:
    """None configured: no page may. Never `*` and never a pattern: answers are somebody's, and cookies come along."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_credentials=True,
        allow_methods=METHODS,
        allow_headers=ASKED,
        expose_headers=SHOWN,
    )
