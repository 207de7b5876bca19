"""How effects reach a person on a channel, whatever the provider. Errors are those of `gateways.errors`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of ours that the provider holds."""

    provider_id: str
    text: str
    at: datetime | None


class Channel(Protocol):
    """One channel instance. address: where a conversation's answers go, as the provider wants it."""

    async def typing(self, address: str, milliseconds: int) -> None:
        """Shows that somebody types; lasts that long."""
        ...

    async def send(self, address: str, text: str) -> str:
        """Sends once; the provider's id. Raises NeverSent, RateLimited, RefusedByProvider, OutcomeUnknown."""
        ...

    async def sent_lately(self, address: str) -> list[Seen]:
        """What we sent to the address, newest first: not finding something there proves nothing."""
        ...


class Channels(Protocol):
    """timeout_ms: the longest that a `send` may take."""

    timeout_ms: int

    async def open(self, company: str, instance: str) -> Channel:
        """Raises Unavailable `instance_unknown` when it is not projected (yet)."""
        ...
