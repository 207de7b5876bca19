"""Faust from its start to its stop, both of which may hang.

Its consumer has a thread of its own. A start that is broken off while that thread begins leaves it behind, for ever:
what stops it looks whether it has begun. So a start is waited for before the stop, and what is left in spite of it
holds nobody up: the thread is a daemon, and nobody waits for it for long.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from mode.threads import WorkerThread

from domain.kernel.errors import Unavailable

STOP_S: Final = 1.0
WATCH_S: Final = 0.5
JOIN_S: Final = 0.5
"""Faust waits for its thread with the event loop standing still: no time-out of ours would be noticed."""

log = structlog.get_logger()


class _Thread(WorkerThread):
    def __init__(self, service: Any, **kwargs: Any) -> None:
        super().__init__(service, **kwargs)
        self.daemon = True

    def stop(self) -> None:
        self.is_stopped.wait(JOIN_S)


AIOKafkaConsumerThread.Worker = _Thread


class FaustRun:
    def __init__(self, app: Any) -> None:
        self._app = app
        self._starting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """For ever. Raises Unavailable `faust_stopped` when it has given up."""
        self._starting = asyncio.create_task(self._app.start(), name="faust-start")
        await asyncio.shield(self._starting)
        log.info("streams_started")
        while not self._app.crashed and not self._app.should_stop:  # noqa: ASYNC110 - flags are all that Faust offers
            await asyncio.sleep(WATCH_S)
        raise Unavailable("faust_stopped", type(self._app.crash_reason).__name__)

    async def begun(self) -> None:
        """Its start is over, one way or the other; `run` was cancelled."""
        if self._starting is not None:
            await asyncio.wait({self._starting})

    async def stop(self) -> None:
        """Breaks off a start that is not over; what was acknowledged is committed. After `STOP_S` it is left to itself:
        the process ends now, and what is not acknowledged comes again."""
        if self._starting is not None:
            self._starting.cancel()
        stopping = asyncio.create_task(self._app.stop(), name="faust-stop")
        await asyncio.wait({stopping}, timeout=STOP_S)
        error = None if not stopping.done() or stopping.cancelled() else stopping.exception()
        if error is not None or not stopping.done():
            log.warning("faust_not_stopped", error=type(error).__name__)
        stopping.cancel()
