"""Who the client is. A proxy's word counts only if it is one of ours: else anybody could be anywhere."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

REMEMBERED: Final = 1_000
"""Peers: those that come often are looked at once."""


def address_of(scope: Scope) -> str:
    """Of the client; "unknown" of a server that does not say."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


class Client:
    """Takes address and scheme from `X-Forwarded-For` and `-Proto` of a trusted proxy; from another peer's request it
    takes away what only a proxy may say. uvicorn itself must not look (`proxy_headers=False`): it would hide the peer.

    proxies: addresses and networks. private: further headers, in lower case, that only a trusted proxy may send.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...], private: frozenset[str]) -> None:
        self._networks = tuple(ip_network(proxy) for proxy in proxies)
        self._trusted = lru_cache(REMEMBERED)(self._is_trusted)
        self._private = frozenset(name.encode() for name in private)
        self._direct = app
        self._proxied = ProxyHeadersMiddleware(app, trusted_hosts=list(proxies))  # type: ignore[arg-type]  # ASGI by uvicorn's names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._direct(scope, receive, send)
        elif self._trusted(address_of(scope)):
            await self._proxied(scope, receive, send)  # type: ignore[arg-type]  # the same
        else:
            headers = [pair for pair in scope["headers"] if pair[0] not in self._private]
            await self._direct({**scope, "headers": headers}, receive, send)

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
