"""The work of the agent `normalise` on one record: tried until it is done, or dead, and only then acknowledged."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from domain.kernel.errors import Unavailable
from eventlog.dlq import DlqRateLimit
from eventlog.model import LogRecord
from eventlog.unread import UnreadAge
from streams.backoff import backoff
from streams.normalise.lanes import Lanes
from streams.normalise.normaliser import Normaliser, Prepared

FIRST: Final = timedelta(milliseconds=100)
MOST: Final = timedelta(seconds=5)

T = TypeVar("T")
log = structlog.get_logger()


class Intake:
    """failed: called once with what must stop the process; nothing is acknowledged from then on."""

    def __init__(self, normaliser: Normaliser, failed: Callable[[Exception], None]) -> None:
        self._normaliser = normaliser
        self._failed = failed
        self._limit = DlqRateLimit()
        self._unread = UnreadAge(normaliser.topic)
        self._draining = False
        self._lanes: Lanes[Prepared] = Lanes()

    async def take(self, record: LogRecord, ack: Callable[[], Awaitable[object]]) -> None:
        """Returns when there is room for the next. Records of one instance are submitted in their order."""
        if self._draining:
            await asyncio.Event().wait()  # never: the agent is cancelled, and the record comes to who is next
        self._unread.seen(record.partition, record.timestamp_ms, int(time.time() * 1000))
        await self._lanes.put(
            lane=record.key,
            partition=record.partition,
            prepare=lambda: self._guarded(lambda: _until_there(lambda: self._normaliser.prepare(record))),
            commit=lambda prepared: self._guarded(lambda: self._commit(prepared)),
            ack=ack,
        )

    async def drain(self) -> None:
        """Takes nothing any more, and waits for what was taken."""
        self._draining = True
        await self._lanes.drain()

    async def _commit(self, prepared: Prepared) -> None:
        counts = prepared.run == 0  # letters that people send again may well die again: no sign of a fault of ours
        if counts and not prepared.understood:
            self._limit.dead(time.monotonic())
        await _until_there(lambda: self._normaliser.commit(prepared))
        if counts and prepared.understood:
            self._limit.handled(time.monotonic())

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except Exception as error:
            self._failed(error)
            raise


async def _until_there(work: Callable[[], Awaitable[T]]) -> T:
    """What was accepted is never lost: a part that is away is waited for."""
    tries = 0
    while True:
        try:
            return await work()
        except Unavailable as away:
            log.warning("normalise_waits", code=away.code, tries=tries)
        await asyncio.sleep(backoff(tries, first=FIRST, most=MOST, jitter=random.random()).total_seconds())  # noqa: S311 - no secret
        tries += 1
