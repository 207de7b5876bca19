"""All that the simulator knows, and what it decides of a request before it answers."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from simulators.meta import problems, rules
from simulators.meta.book import Book
from simulators.meta.faults import Faults


@dataclass(slots=True)
class Meta:
    """token: the only one that is taken, None for any. app_secret: whose proof every request needs, empty for none.
    dead: tokens with the subcode that they are refused with. strangers: `external_id`s that it finds nobody by, which
    no check beforehand can know. ahead_s: of this clock before the machine's."""

    token: str | None = None
    app_secret: str = ""
    dead: dict[str, int | None] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    book: Book = field(default_factory=Book)
    faults: Faults = field(default_factory=Faults)
    counts: Counter[str] = field(default_factory=Counter)
    traces: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    ahead_s: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_s

    def trace(self) -> str:
        return f"SimTrace{next(self.traces):06}"

    def admit(self, dataset: str, body: dict[str, Any], token: str) -> list[dict[str, Any]]:
        """The request's events, all valid. Raises Problem, in Meta's order: who asks, for what, then what is in it."""
        if not token:
            raise problems.no_token()
        if token in self.dead:
            raise problems.dead_token(self.dead[token])
        if self.token is not None and token != self.token:
            raise problems.dead_token(None)
        if self.app_secret and not self._proven(token, body.get("appsecret_proof")):
            raise problems.wrong_proof()
        if dataset in self.closed or not dataset.isdigit():
            raise problems.no_permission(dataset)
        return rules.events(body.get("data"), self.now(), self.strangers)

    def take(self, dataset: str, body: dict[str, Any], events: list[dict[str, Any]]) -> None:
        code = body.get("test_event_code")
        self.counts["events_received"] += len(events)
        self.book.put(dataset, events, code if isinstance(code, str) else None, self.now())

    def counted(self) -> dict[str, int]:
        taken = sum(row.accepted for row in self.book.rows.values())
        names = ("requests", "refused", "events_received")
        return {
            **{name: self.counts[name] for name in names},
            "events_accepted": taken,
            "duplicates": self.book.duplicates,
        }

    def forget(self) -> None:
        """Everything but who may ask: events, counts, faults and the clock."""
        self.book, self.counts, self.ahead_s = Book(), Counter(), 0.0
        self.faults.live.clear()

    def _proven(self, token: str, proof: object) -> bool:
        wanted = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return isinstance(proof, str) and hmac.compare_digest(proof, wanted)
