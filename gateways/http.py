"""One HTTP call to a provider, as far as all providers are alike: what is known when no answer came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx

from domain.kernel.errors import GatewayFailed, OutcomeUnknown
from gateways.cancel_safe import cancel_safe
from gateways.errors import NeverSent

T = TypeVar("T")

BODY_KEPT: Final = 2000  # characters of a refusal: enough for its words, too few for a stack of media

# Raised before the first byte of a request is on its way.
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)


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


async def called(call: Callable[[], Awaitable[T]], timeouts: Timeouts, *, repeatable: bool) -> T:
    """What `call` (to httpx, with `timeouts.httpx`) returns. Raises NeverSent, or `unclear`."""
    try:
        return await cancel_safe(call, within_s=timeouts.total)
    except _NEVER_SENT as error:
        raise NeverSent(detail=type(error).__name__) from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise unclear(type(error).__name__, repeatable=repeatable) from error


def unclear(detail: str, *, repeatable: bool) -> Exception:
    """OutcomeUnknown; GatewayFailed for a call that changes nothing that a second time would change again."""
    return GatewayFailed(detail=detail) if repeatable else OutcomeUnknown(detail=detail)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds of a Retry-After header (no provider of ours uses the form with a date)."""
    stated = headers.get("retry-after", "")
    return float(stated) if stated.isascii() and stated.isdigit() else None
