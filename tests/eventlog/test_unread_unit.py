"""The alarm before retention takes what nobody has read."""

from __future__ import annotations

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from eventlog.topics import DAY_MS
from eventlog.unread import UnreadAge

NOW = 1_795_000_000_000


def alarms(unread: UnreadAge, *ages_and_times: tuple[int, int]) -> int:
    """(age, time of reading) of records in ms → alarms raised."""
    with capture_logs() as logs:
        for age, now in ages_and_times:
            unread.seen(3, now - age, now)
    assert all(entry["log_level"] == "critical" for entry in logs)
    return len(logs)


def test_a_backlog_of_more_than_half_the_retention_alarms() -> None:
    assert alarms(UnreadAge("t"), (7 * DAY_MS, NOW)) == 0
    assert alarms(UnreadAge("t"), (7 * DAY_MS + 1, NOW)) == 1


def test_the_alarm_is_repeated_once_a_minute() -> None:
    old = 8 * DAY_MS
    assert alarms(UnreadAge("t"), (old, NOW), (old, NOW + 59_999), (old, NOW + 60_000)) == 2


def test_the_age_is_shown_and_a_broker_ahead_of_us_is_no_age() -> None:
    unread = UnreadAge("shown")
    labels = {"topic": "shown", "partition": "3"}
    alarms(unread, (1500, NOW))
    assert REGISTRY.get_sample_value("legion_unread_age_seconds", labels) == 1.5
    alarms(unread, (-2000, NOW))
    assert REGISTRY.get_sample_value("legion_unread_age_seconds", labels) == 0
