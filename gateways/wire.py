"""What all calls over HTTP share: how long they may take, what proves that nothing was sent, how long to wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httpx

NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)
"""Raised before the first byte of a request is on its way."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. total: the whole call, whatever trickles in; the resolve effect counts from it."""

    connect: float = 3.0
    read: float = 15.0
    total: float = 20.0

    def waiting(self, seconds: float) -> Timeouts:
        """For calls that block on purpose (a presence is held for its delay)."""
        return Timeouts(self.connect, self.read + seconds, self.total + seconds)

    @property
    def httpx(self) -> httpx.Timeout:
        return httpx.Timeout(self.read, connect=self.connect, pool=self.connect)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds of a Retry-After header (the form with a date is used by none of our providers)."""
    stated = headers.get("retry-after", "")
    return float(stated) if stated.isascii() and stated.isdigit() else None
