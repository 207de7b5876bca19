"""One effect being carried out, and when its cancellation may interrupt it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from projections.read.effects import EffectRow
from streams.runner.core import Ended


class Job:
    """row: as claimed. cancelled: the log ended the effect meanwhile."""

    def __init__(self, row: EffectRow) -> None:
        self.row = row
        self.cancelled = False
        self._interruptible: asyncio.Task[object] | None = None

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Within, a cancel raises CancelledError; outside it only sets `cancelled` (an attempted call is never cut)."""
        if self.cancelled:
            raise asyncio.CancelledError
        self._interruptible = asyncio.current_task()
        try:
            yield
        finally:
            self._interruptible = None

    def cancel(self) -> None:
        self.cancelled = True
        if self._interruptible is not None:
            self._interruptible.cancel()


class Handler(Protocol):
    """Carries out one kind of effect."""

    async def __call__(self, job: Job) -> Ended: ...
