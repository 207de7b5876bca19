"""Channels over the Evolution API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from domain.access.sight import WHOLE
from domain.kernel.errors import Unavailable
from gateways.evolution.client import EvolutionClient
from gateways.http import Timeouts
from projections.read.db import ReadDb
from projections.read.instances import instance
from streams.effects.channel import Seen
from vault.cache import BoundedCache
from vault.credentials import Credentials

PROVIDER: Final = "evolution"
CACHED: Final = 1_000
CACHED_S: Final = 30.0
"""A new API key or name counts within half a minute."""


@dataclass(frozen=True, slots=True)
class EvolutionChannel:
    """name: the instance's at Evolution."""

    client: EvolutionClient
    name: str

    async def typing(self, address: str, milliseconds: int) -> None:
        await self.client.send_presence(self.name, address, "composing", milliseconds)

    async def send(self, address: str, text: str) -> str:
        return (await self.client.send_text(self.name, address, text)).provider_id

    async def sent_lately(self, address: str) -> list[Seen]:
        found = await self.client.recent_messages(self.name, address)
        return [Seen(each.provider_id, each.text, each.timestamp) for each in found if each.from_me and each.text]


@dataclass(slots=True)
class EvolutionChannels:
    """base_url, api_key: of the server, its global key; an instance with a token of its own uses that. Close it."""

    base_url: str
    api_key: str = field(repr=False)
    timeout_ms: int
    reads: ReadDb
    credentials: Credentials
    _clients: dict[str, EvolutionClient] = field(default_factory=dict, init=False, repr=False)
    _known: BoundedCache[str, tuple[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = BoundedCache(CACHED, CACHED_S)

    async def open(self, company: str, instance_id: str) -> EvolutionChannel:
        name, key = self._known.get(instance_id) or self._known.put(instance_id, await self._find(company, instance_id))
        client = self._clients.get(key)
        if client is None:
            total = self.timeout_ms / 1000
            client = self._clients[key] = EvolutionClient(
                self.base_url, key, timeouts=Timeouts(connect=min(3.0, total), read=total, total=total)
            )
        return EvolutionChannel(client, name)

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()

    async def _find(self, company: str, instance_id: str) -> tuple[str, str]:
        async with self.reads.company(company, WHOLE) as conn:
            found = await instance(conn, company, instance_id)
        if found is None:
            raise Unavailable("instance_unknown", "not projected (yet)")
        own = await self.credentials.get(company, found.provider, instance_id)
        return found.external_name, (own.values.get("api_key") if own else None) or self.api_key
