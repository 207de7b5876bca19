"""Webhooks out: signed, retried on Autentique's ladder, and with what tests ask for.

One attempt and three more, 60, 120 and 300 s later (providers.md 5), after everything but a 2xx. Assumed, because it is
stated nowhere: no status is final, the waits count from the answer, and an answer has 10 s. In memory, in no order.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import httpx

from simulators.autentique.faults import Faults
from simulators.autentique.state import Endpoint

SIGNATURE_HEADER: Final = "x-autentique-signature"
WAITS_S: Final = (60.0, 120.0, 300.0)
TIMEOUT_S: Final = 10.0
_KEPT: Final = 5000  # deliveries that can be looked at


@dataclass(slots=True)
class Delivery:
    """One webhook, or one copy of it. outcome: trying, held, delivered, exhausted, dropped."""

    event_id: str
    event: str
    document: str | None
    at: float
    outcome: str = "trying"
    attempts: list[int | str] = field(default_factory=list)


@dataclass(slots=True)
class _Parcel:
    endpoint: Endpoint
    content: bytes
    signature: str
    delivery: Delivery


def sign(content: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), content, "sha256").hexdigest()


class Courier:
    """scale: factor on all waits between attempts (tests use a small one)."""

    def __init__(self, faults: Faults, *, scale: float = 1.0) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)
        self.holding = False
        self._held: list[_Parcel] = []
        self._sent: deque[_Parcel] = deque(maxlen=_KEPT)
        self._faults = faults
        self._scale = scale
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def send(self, endpoint: Endpoint, body: dict[str, Any], document: str | None) -> None:
        """Starts a delivery and returns at once."""
        kind = str(body["event"]["type"])
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        forged = self._faults.take(kind, "forge") is not None
        signature = sign(content, "not " + endpoint.secret if forged else endpoint.secret)
        if self._faults.take(kind, "alter") is not None:
            content = content.replace(b'"type"', b'"Type"', 1)
        twin = self._faults.take(kind, "duplicate")
        dropped = self._faults.take(kind, "drop") is not None
        for _ in range(1 + (twin.copies if twin else 0)):
            delivery = Delivery(str(body["event"]["id"]), kind, document, time.time())
            self.deliveries.append(delivery)
            if dropped:
                delivery.outcome = "dropped"
            else:
                self._dispatch(_Parcel(endpoint, content, signature, delivery))

    def again(self, event_id: str, times: int) -> int:
        """Sends what was sent once more, byte for byte; how many copies went out."""
        old = next((each for each in self._sent if each.delivery.event_id == event_id), None)
        if old is None:
            return 0
        for _ in range(times):
            delivery = Delivery(event_id, old.delivery.event, old.delivery.document, time.time())
            self.deliveries.append(delivery)
            self._dispatch(_Parcel(old.endpoint, old.content, old.signature, delivery))
        return times

    async def release(self, seed: int | None) -> list[str]:
        """Delivers what was held, one after the other: reversed, or shuffled by a seed. Gives the types in order."""
        self.holding = False
        parcels, self._held = self._held[::-1], []
        if seed is not None:
            random.Random(seed).shuffle(parcels)  # noqa: S311 (an order, nothing secret)
        for parcel in parcels:
            await self._deliver(parcel)
        return [parcel.delivery.event for parcel in parcels]

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(delivery) for delivery in self.deliveries]

    def _dispatch(self, parcel: _Parcel) -> None:
        self._sent.append(parcel)
        if self.holding:
            parcel.delivery.outcome = "held"
            self._held.append(parcel)
            return
        task = asyncio.create_task(self._deliver(parcel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, parcel: _Parcel) -> None:
        delivery = parcel.delivery
        if (slow := self._faults.take(delivery.event, "delay")) is not None:
            await asyncio.sleep(slow.seconds)
        for wait in (0.0, *WAITS_S):
            await asyncio.sleep(wait * self._scale)
            answer = await self._attempt(parcel)
            delivery.attempts.append(answer)
            if isinstance(answer, int) and 200 <= answer < 300:
                delivery.outcome = "delivered"
                return
        delivery.outcome = "exhausted"

    async def _attempt(self, parcel: _Parcel) -> int | str:
        headers = {"content-type": "application/json", SIGNATURE_HEADER: parcel.signature}
        try:
            return (await self._http.post(parcel.endpoint.url, content=parcel.content, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
