"""How a provider's webhooks come in bad times: several times, in another order, late, cut off, forged."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

MOST_TIMES: Final = 5
LATE_S: Final = 0.03
AWAY_S: Final = 0.2

FORGED: Final = "forged"
"""Stands in everything that a forger writes."""

CONTENT_TYPE: Final = "application/json; from=postman"
"""The record in [ingress] keeps it: what a postman brought is told from what the simulator sends by itself."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out in one request. honest: with the right secret. hang_up: the connection is cut within the body."""

    body: bytes
    honest: bool = True
    hang_up: bool = False


def shuffled(rng: random.Random, bodies: Sequence[bytes]) -> list[Parcel]:
    """Each body once to five times, in any order but for the first one's first time; some cut off besides."""
    rest = [body for body in bodies[1:] for _ in range(rng.randint(1, MOST_TIMES))]
    rest += [bodies[0]] * rng.randint(0, MOST_TIMES - 1)
    rng.shuffle(rest)
    parcels = [Parcel(bodies[0]), *map(Parcel, rest)]
    for body in rng.sample(list(bodies), k=min(2, len(bodies))):
        parcels.insert(rng.randrange(1, len(parcels) + 1), Parcel(body, hang_up=True))
    whole = rng.choice(bodies)
    parcels.insert(rng.randrange(1, len(parcels) + 1), Parcel(whole[: rng.randrange(1, len(whole) - 1)]))
    return parcels


@dataclass(slots=True)
class Postman:
    """Delivers to one instance. statuses: (honest, status) → how often."""

    http: httpx.AsyncClient
    url: str
    secret: str
    statuses: Counter[tuple[bool, int]] = field(default_factory=Counter)

    async def delivers(self, rng: random.Random, parcels: Sequence[Parcel]) -> None:
        """One after the other, with delays; what is away is tried again, as Evolution does."""
        for parcel in parcels:
            await asyncio.sleep(rng.random() * LATE_S)
            if parcel.hang_up:
                await self._cut(parcel.body, rng.randrange(len(parcel.body)))
                continue
            while await self._post(parcel) and parcel.honest:
                await asyncio.sleep(AWAY_S)

    async def _post(self, parcel: Parcel) -> bool:
        """True when it is to be tried again."""
        headers = {
            "content-type": CONTENT_TYPE,
            "x-webhook-secret": self.secret if parcel.honest else f"{self.secret}x",
        }
        answer = await self.http.post(self.url, content=parcel.body, headers=headers)
        self.statuses[parcel.honest, answer.status_code] += 1
        return answer.status_code == 503

    async def _cut(self, body: bytes, sent: int) -> None:
        """Says how long it will be, and goes away before."""
        parts = urlsplit(self.url)
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = (
            f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nx-webhook-secret: {self.secret}\r\n"
            f"content-type: {CONTENT_TYPE}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body[:sent])
        await writer.drain()
        writer.close()
        await asyncio.wait({asyncio.ensure_future(writer.wait_closed())})
