"""Webhooks out, with Evolution's retry ladder and the faults that tests ask for.

10 attempts, 5 s before the second, doubling, at most 300 s, jitter 0.2; none after 400, 401, 403, 404 and 422; 30 s
time-out; everything in memory, in no order (Evolution's source; see also WEBHOOK_RETRY_* of its configuration).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import httpx

from simulators.evolution.faults import Faults
from simulators.evolution.payloads import configuration_name
from simulators.evolution.state import Webhook

ATTEMPTS: Final = 10
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 300.0
JITTER: Final = 0.2
FINAL_STATUSES: Final = frozenset({400, 401, 403, 404, 422})
TIMEOUT_S: Final = 30.0
# A reordered webhook waits for a later one this long; then there is none, and it goes.
_REORDER_S: Final = 5.0
_KEPT: Final = 5000


@dataclass(slots=True)
class Delivery:
    """One webhook. outcome: trying, delivered, refused (a final status), exhausted, dropped."""

    event: str
    instance: str
    message_id: str | None
    at: float
    outcome: str = "trying"
    attempts: list[int | str] = field(default_factory=list)


def wait_before(attempt: int, chance: float) -> float:
    """Seconds before an attempt (2 is the first retry); `chance` in [0, 1) spreads it by the jitter."""
    wait: float = min(FIRST_WAIT_S * 2.0 ** (attempt - 2), LONGEST_WAIT_S)
    return wait * (1 + JITTER * (2 * chance - 1))


class Courier:
    """scale: factor on all waits between attempts (tests use a small one)."""

    def __init__(self, faults: Faults, *, scale: float = 1.0, seed: int | None = None) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)
        self._faults = faults
        self._scale = scale
        self._random = random.Random(seed)  # noqa: S311 (jitter, nothing secret)
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivered = asyncio.Condition()
        self._count = 0
        self.on_delivered: Callable[[Delivery], None] = lambda _: None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def send(self, webhook: Webhook | None, body: dict[str, Any], message_id: str | None = None) -> None:
        """Starts a delivery and returns at once, as Evolution does."""
        event = str(body["event"])
        if (
            webhook is None
            or not webhook.enabled
            or (webhook.events and configuration_name(event) not in webhook.events)
        ):
            return
        delivery = Delivery(event, str(body["instance"]), message_id, time.time())
        self.deliveries.append(delivery)
        if self._dropped(event):
            delivery.outcome = "dropped"
            return
        copies = 2 if self._faults.take("duplicate", event=event) else 1
        for _ in range(copies):
            task = asyncio.create_task(self._deliver(webhook, body, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(delivery) for delivery in self.deliveries]

    def _dropped(self, event: str) -> bool:
        kind = {"messages.update": "drop_receipts", "send.message": "drop_echoes"}.get(event)
        return kind is not None and self._faults.take(kind, event=event) is not None

    async def _deliver(self, webhook: Webhook, body: dict[str, Any], delivery: Delivery) -> None:
        if (slow := self._faults.take("delay", event=delivery.event)) is not None:
            await asyncio.sleep(slow.seconds)
        if self._faults.take("reorder", event=delivery.event) is not None:
            await self._after_a_later_one()
        suffix = "/" + configuration_name(delivery.event).lower().replace("_", "-") if webhook.by_events else ""
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                await asyncio.sleep(wait_before(attempt, self._random.random()) * self._scale)
            answer = await self._attempt(webhook.url + suffix, webhook.headers, body)
            delivery.attempts.append(answer)
            if isinstance(answer, int) and answer < 300:
                delivery.outcome = "delivered"
                self.on_delivered(delivery)
                async with self._delivered:
                    self._count += 1
                    self._delivered.notify_all()
                return
            if answer in FINAL_STATUSES:
                delivery.outcome = "refused"
                return
        delivery.outcome = "exhausted"

    async def _attempt(self, url: str, headers: dict[str, str], body: dict[str, Any]) -> int | str:
        try:
            return (await self._http.post(url, json=body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__

    async def _after_a_later_one(self) -> None:
        seen = self._count
        try:
            async with asyncio.timeout(_REORDER_S), self._delivered:
                await self._delivered.wait_for(lambda: self._count > seen)
        except TimeoutError:
            return
