"""Closing aiokafka's clients, in whatever state they are."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

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


async def close_producer(producer: AIOKafkaProducer, within_s: float = CLOSE_S) -> None:
    """What it holds may still be written within that time. Raises nothing but the caller's own cancellation."""
    if not await _ended(producer.stop(), within_s):
        await abandon_producer(producer)


async def abandon_producer(producer: AIOKafkaProducer) -> None:
    """Without a flush: what is not on the wire is not written any more. Bounded.

    aiokafka has no public abort: its stop() flushes, and waits for an absent broker for ever; cancelled, it leaves its
    sending task and its connections behind.
    """
    producer._closed = True
    sending = producer._sender.sender_task
    if sending is not None:
        sending.cancel()
        await asyncio.wait([sending], timeout=CLOSE_S)  # it lets requests on the wire end
    await _ended(producer.client.close(), HARD_S)


async def _ended(work: Coroutine[Any, Any, None], within_s: float) -> bool:
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task], timeout=within_s)
    finally:
        task.cancel()
    return task.done() and not task.cancelled() and task.exception() is None
