"""Many records at once: prepared side by side, committed in order within a lane, acknowledged in order of a partition.

Faust commits past a record that is not acknowledged when a later one is (its bookkeeping starts at the first
acknowledged offset), so that acknowledgements must never overtake each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

MOST: Final = 64
"""Records in the air: a record waits for the vault and the broker most of its 5 ms."""


class Lanes(Generic[T]):
    """`put` starts a record's work; `drain` waits for what was started."""

    def __init__(self, *, most: int = MOST) -> None:
        self._room = asyncio.Semaphore(most)
        self._tails: dict[Hashable, asyncio.Task[None]] = {}
        self._waiting: dict[int, deque[tuple[asyncio.Task[None], Callable[[], Awaitable[object]]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def put(
        self,
        *,
        lane: Hashable,
        partition: int,
        prepare: Callable[[], Awaitable[T]],
        commit: Callable[[T], Awaitable[None]],
        ack: Callable[[], Awaitable[object]],
    ) -> None:
        """Returns when there is room. `prepare` and `commit` raise nothing but what shall stop the process: a record
        whose work raised, and all after it in its lane and partition, are never acknowledged."""
        await self._room.acquire()
        before = self._tails.get(lane)
        task = asyncio.create_task(self._work(before, prepare, commit))
        self._tails[lane] = task
        self._tasks.add(task)
        self._waiting.setdefault(partition, deque()).append((task, ack))
        task.add_done_callback(lambda done: self._ended(done, lane, partition))

    async def drain(self) -> None:
        """Until everything that was started has ended and is acknowledged."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
            await asyncio.sleep(0)  # lets their callbacks start the acknowledgements

    async def _work(
        self,
        before: asyncio.Task[None] | None,
        prepare: Callable[[], Awaitable[T]],
        commit: Callable[[T], Awaitable[None]],
    ) -> None:
        prepared = await prepare()
        if before is not None:
            await asyncio.wait({before})
            if before.cancelled() or before.exception() is not None:
                raise asyncio.CancelledError  # never ahead of one that failed
        await commit(prepared)

    def _ended(self, task: asyncio.Task[None], lane: Hashable, partition: int) -> None:
        self._tasks.discard(task)
        self._room.release()
        if self._tails.get(lane) is task and not task.cancelled() and task.exception() is None:
            del self._tails[lane]
        queue = self._waiting[partition]
        while queue and queue[0][0].done() and not queue[0][0].cancelled() and queue[0][0].exception() is None:
            acked = asyncio.create_task(_awaited(queue.popleft()[1]))
            self._tasks.add(acked)
            acked.add_done_callback(self._tasks.discard)


async def _awaited(call: Callable[[], Awaitable[object]]) -> None:
    await call()
