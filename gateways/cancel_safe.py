"""Calls over HTTP that may be cancelled without harm to their pool of connections.

httpcore (1.0.9; its issues 830, 1093) shields its cleaning up from cancel scopes of anyio, not from asyncio's own
cancellation: one that meets a request as its answer comes leaves connection and slot taken for ever, and a pool whose
slots are all gone times out against a healthy server. So each call is a task of its own, within a scope: whoever
cancels the caller cancels the scope.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def cancel_safe(call: Callable[[], Awaitable[T]], *, within_s: float) -> T:
    """What `call` returns. Raises TimeoutError after `within_s` seconds, and whatever the call raises."""
    scope = anyio.CancelScope()

    async def scoped() -> T:
        with anyio.fail_after(within_s), scope:
            return await call()
        raise asyncio.CancelledError

    task = asyncio.create_task(scoped())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        scope.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # it is seen: nobody else will ask
        raise
