"""Alarm when dead letters pile up and nobody looks after them: a gauge by reason, and a log line."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from prometheus_client import Gauge

from domain.kernel.errors import Unavailable
from eventlog.dead_letters import Letters, letter_log
from streams.config import StreamsConfig

LOOK_S: Final = 30.0
"""An alarm half a minute late is early: letters wait for people."""

REPEAT_S: Final = 600.0
"""Said again while it lasts."""

WAITING: Final = Gauge(
    "legion_dlq_waiting", "Dead letters that could be run again and were not yet; alarm on the sum", ["reason"]
)

log = structlog.get_logger()


class Alarm:
    """more_than: letters that may wait without one. Core: `now` is of any monotonic clock, seconds."""

    def __init__(self, more_than: int) -> None:
        self._more_than = more_than
        self._said_at: float | None = None

    def seen(self, letters: Letters, now: float) -> bool:
        """Sets the gauge; whether the alarm is to be said now."""
        reasons = letters.reasons()
        WAITING.clear()
        for reason, count in reasons.items():
            WAITING.labels(reason).set(count)
        if reasons.total() <= self._more_than:
            self._said_at = None
            return False
        if self._said_at is not None and now - self._said_at < REPEAT_S:
            return False
        self._said_at = now
        return True


async def watch_letters(config: StreamsConfig) -> None:
    """For ever. A broker that is away is waited for."""
    alarm = Alarm(config.dlq_alarm)
    while True:
        try:
            async with letter_log(config.bootstrap, config.topics.dlq) as following:
                while True:
                    letters = await following.catch_up()
                    if alarm.seen(letters, asyncio.get_running_loop().time()):
                        log.critical("dlq_alarm", waiting=dict(letters.reasons()), more_than=config.dlq_alarm)
                    await asyncio.sleep(LOOK_S)
        except Unavailable as away:
            log.info("letters_not_read", code=away.code)
        await asyncio.sleep(LOOK_S)
