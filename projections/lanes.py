"""Batches of different partitions at once: while the database works on one, the next is read and built."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from eventlog.model import Commit

LANES: Final = 2
"""One core builds while another one writes. Four were no faster than two (facts of the projector's trial)."""


class Lanes:
    """A partition has its lane, and in it its order. A lane takes what has gathered as its next batch.

    apply: called for one batch of each lane at a time. most: commits that may wait. What an `apply` raised is raised by
    the next call here. Leaving waits for what was put.
    """

    def __init__(self, apply: Callable[[Sequence[Commit]], Awaitable[None]], *, most: int) -> None:
        self._apply = apply
        self._most = most
        self._waiting: list[list[Commit]] = [[] for _ in range(LANES)]
        self._running: list[asyncio.Task[None] | None] = [None] * LANES
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Lanes:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*filter(None, self._running), return_exceptions=True)

    async def put(self, commits: Sequence[Commit]) -> None:
        """The next commits of their partitions; returns once there is room for more."""
        for commit in commits:
            self._waiting[commit.partition % LANES].append(commit)
        for lane, waiting in enumerate(self._waiting):
            if not self._busy(lane) and waiting:  # asked of idle lanes too: nobody else would notice what they raised
                self._running[lane] = asyncio.create_task(self._work(lane))
        while sum(map(len, self._waiting)) > self._most:
            await self._next()

    async def drained(self) -> None:
        """All that was put is applied."""
        while any(map(self._busy, range(LANES))):
            await self._next()

    def _busy(self, lane: int) -> bool:
        """Raises what the lane's work ended with."""
        task = self._running[lane]
        if task is not None and task.done():
            task.result()
        return task is not None and not task.done()

    async def _next(self) -> None:
        """Until a batch has ended."""
        self._moved.clear()
        await self._moved.wait()
        for lane in range(LANES):
            self._busy(lane)

    async def _work(self, lane: int) -> None:
        try:
            while self._waiting[lane]:
                batch, self._waiting[lane] = self._waiting[lane], []
                await self._apply(batch)
                self._moved.set()
        finally:
            asyncio.get_running_loop().call_soon(self._moved.set)  # once the task is done
