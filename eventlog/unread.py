"""Alarm before the log forgets what nobody has read: bodies and commands stay for 14 days only (`topics`)."""

from __future__ import annotations

from typing import Final

import structlog
from prometheus_client import Gauge

from eventlog.topics import DAY_MS, TRANSIENT_DAYS

ALARM_MS: Final = TRANSIENT_DAYS * DAY_MS // 2
"""Half of the retention unread: the other half is what remains to find out why."""

REPEAT_MS: Final = 60_000
"""An alarm a minute is heard and fills no disk."""

AGE: Final = Gauge(
    "legion_unread_age_seconds", "Age of the record that is being read; alarm beyond 7 days", ["topic", "partition"]
)

log = structlog.get_logger()


class UnreadAge:
    """How old the records of one topic are when their processor gets to them."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._alarmed_ms = -REPEAT_MS

    def seen(self, partition: int, timestamp_ms: int, now_ms: int) -> None:
        """timestamp_ms: the broker's, of the record. now_ms: the wall clock. Both Unix milliseconds."""
        age_ms = max(0, now_ms - timestamp_ms)
        AGE.labels(self._topic, str(partition)).set(age_ms / 1000)
        if age_ms > ALARM_MS and now_ms - self._alarmed_ms >= REPEAT_MS:
            self._alarmed_ms = now_ms
            log.critical(
                "log_half_unread", topic=self._topic, partition=partition, days=round(age_ms / DAY_MS, 1),
                kept_days=TRANSIENT_DAYS,
            )  # fmt: skip
