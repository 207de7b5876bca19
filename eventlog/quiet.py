"""Rate limit for the Kafka clients' own log lines: a broker that is away fills a disk otherwise."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

INTERVAL_S: Final = 10.0
"""The same message (before its arguments) of one logger at most once in this time."""


class RateLimit(logging.Filter):
    """Lets a message pass once an interval; says then how many were held back."""

    def __init__(self, interval_s: float = INTERVAL_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._interval = interval_s
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}
        self._held: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, str(record.msg))
        now = self._clock()
        if now - self._last.get(key, float("-inf")) < self._interval:
            self._held[key] = self._held.get(key, 0) + 1
            return False
        self._last[key] = now
        if held := self._held.pop(key, 0):
            record.msg = f"{record.msg} (and {held} more)"
        return True


CLIENTS: Final = frozenset({"aiokafka", "faust", "mode"})
"""Roots of the loggers that repeat themselves while a broker is away."""


def quiet_client_logs() -> None:
    """Puts the rate limit on every logger of the clients. A filter on the parent alone would not see its children."""
    for name in [*CLIENTS, *logging.root.manager.loggerDict]:
        logger = logging.getLogger(name)
        if name.split(".", 1)[0] in CLIENTS and not any(isinstance(f, RateLimit) for f in logger.filters):
            logger.addFilter(RateLimit())
