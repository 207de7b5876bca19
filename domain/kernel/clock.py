"""The log's clock in whole microseconds since 1970-01-01 UTC: what time arithmetic in decisions is done in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US: Final = 86_400_000_000
_SECOND_US: Final = 1_000_000


def to_us(at: datetime) -> int:
    """Exact, unlike `timestamp()`, which is a float."""
    past = at - _EPOCH
    return past.days * _DAY_US + past.seconds * _SECOND_US + past.microseconds


def plus_ms(at: datetime, ms: int) -> datetime:
    return at + timedelta(milliseconds=ms)
