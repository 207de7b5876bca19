"""What was received: every event once, with how often it came and how often it counts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Final

WINDOW_S: Final = 48 * 3600
"""An event of the same name and id within it is the same event."""


@dataclass(slots=True)
class Row:
    """received: times that it came. accepted: times that it counts: more than once only where the window was over."""

    dataset: str
    event: dict[str, Any]
    test_code: str | None
    since: float
    received: int = 1
    accepted: int = 1

    def shown(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset,
            "event_name": self.event.get("event_name"),
            "event_id": self.event.get("event_id"),
            "received": self.received,
            "accepted": self.accepted,
            "test_code": self.test_code,
            "event": self.event,
        }


@dataclass(slots=True)
class Book:
    rows: dict[object, Row] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    duplicates: int = 0

    def put(self, dataset: str, events: list[dict[str, Any]], test_code: str | None, now: float) -> None:
        for event in events:
            self._put(dataset, event, test_code, now)

    def _put(self, dataset: str, event: dict[str, Any], test_code: str | None, now: float) -> None:
        # Without an id nothing is known again: each is another event.
        event_id = event.get("event_id") or next(self.numbers)
        key = (dataset, event.get("event_name"), event_id)
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = Row(dataset, event, test_code, now)
            return
        row.received += 1
        if now - row.since < WINDOW_S:
            self.duplicates += 1
        else:
            row.since = now
            row.accepted += 1

    def of(self, dataset: str | None) -> list[Row]:
        return [row for row in self.rows.values() if dataset is None or row.dataset == dataset]
