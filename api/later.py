"""Work that is done beside the answers: from how long an answer takes nobody learns what there was to do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from domain.kernel.errors import LegionError

AT_ONCE: Final = 2
"""Of the vault's eight connections: what people wait for comes first."""

WAITING: Final = 200
"""Beyond it something is very wrong, and a mail that comes minutes later helps nobody."""

CLOSE_S: Final = 2.0
"""Within the time that a stop of the API may take."""

log = structlog.get_logger()


class Later:
    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Whatever it raises is logged and nothing else: who asked has their answer."""
        if len(self._tasks) >= WAITING:
            work.close()
            log.warning("later_full", waiting=len(self._tasks))
            return
        task = asyncio.create_task(self._do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Waits for what was begun, not for long."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        async with self._free:
            try:
                await work
            except LegionError as error:
                log.warning("later_failed", code=error.code, detail=error.detail)
            except Exception:
                log.exception("later_failed")
