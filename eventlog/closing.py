"""Closing an aiokafka consumer, in whatever state it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

CLOSE_S: Final = 5.0
HARD_S: Final = 1.0
"""For what is left to be closed after a stop that failed: sockets, nothing that waits for an answer."""


async def close_consumer(consumer: AIOKafkaConsumer, within_s: float = CLOSE_S) -> bool:
    """Whether it ended in order. Raises nothing but the caller's own cancellation.

    aiokafka 0.14 cancels its pending fetches and awaits them at the stop. One that had failed and waits to try again
    hands its CancelledError to whoever closes, as if that one had been cancelled, and the connections stay open: just
    after a broker's silence, when a consumer is closed for it.
    """
    if await _ended(consumer.stop(), within_s):
        return True
    await _ended(consumer._client.close(), HARD_S)
    return False


async def _ended(work: Coroutine[Any, Any, None], within_s: float) -> bool:
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task], timeout=within_s)
    finally:
        task.cancel()
    return task.done() and not task.cancelled() and task.exception() is None
