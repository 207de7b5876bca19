"""The edge put together: what a request passes, from the outside in.

    Client → Headers → Ruled ─┬─ /ingress/… → the ingress, which limits each instance by itself
                              └─ Traced → Measured → CORS → Limited → Capped → FastAPI

CORS stands outside of the limits: a browser's question costs nothing, and a page can read why it was refused.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from api.edge.capped import Capped
from api.edge.client import Client
from api.edge.config import EdgeConfig
from api.edge.cors import with_cors
from api.edge.headers import Headers
from api.edge.limited import Limited
from api.edge.ruled import Ruled
from api.edge.traced import Traced
from api.ingress.app import PREFIX, Ingress
from api.measured import Measured
from api.services import Services


def with_edge(
    app: ASGIApp, config: EdgeConfig, services: Callable[[], Services], ingress: Callable[[], Ingress]
) -> ASGIApp:
    """services, ingress: known once the application has started."""
    inner = Capped(app)
    limited = Limited(inner, config, services)
    people = Traced(Measured(with_cors(limited, config.origins)))
    front: ASGIApp = _Fork(people, ingress)
    if config.rules:
        front = Ruled(front, config.rules, config.country_header, services)
    secure = config.public_url.startswith("https://")
    return Client(Headers(front, secure=secure), config.proxies, frozenset({config.country_header.lower()}))


class _Fork:
    """Sends providers' webhooks past FastAPI: the ingress needs none of it and is three times as fast without."""

    def __init__(self, people: ASGIApp, ingress: Callable[[], Ingress]) -> None:
        self._people = people
        self._ingress = ingress

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._ingress()(scope, receive, send)
        else:
            await self._people(scope, receive, send)
