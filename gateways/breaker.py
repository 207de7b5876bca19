"""A circuit breaker: after several failures in a row a service is left alone for a while, then asked once.

    closed ──(threshold failures in a row)──► open ──(open_s passed)──► half-open: one trial call
       ▲                                        ▲                          │ success → closed
       └────────────────────────────────────────┴──────────────────────────┘ failure → open again

The clock is an argument (monotonic seconds), so that its rules are tested without waiting.
"""

from __future__ import annotations

from domain.kernel.errors import Unavailable


class CircuitOpen(Unavailable):
    """Not even tried. `retry_in_s`: seconds until a trial call is let through."""

    default_code = "circuit_open"

    def __init__(self, retry_in_s: float) -> None:
        super().__init__(None, f"retry in {retry_in_s:.1f} s")
        self.retry_in_s = retry_in_s


class Breaker:
    """threshold: failures in a row that open it. open_s: how long it stays open, and how long one trial may take
    before the next is let through (a caller that was cancelled never reports)."""

    def __init__(self, *, threshold: int = 5, open_s: float = 30.0) -> None:
        self._threshold = threshold
        self._open_s = open_s
        self._failures = 0
        self._next_trial: float | None = None  # None: closed

    def enter(self, now: float) -> None:
        """Before a call. Raises CircuitOpen."""
        if self._next_trial is None:
            return
        if now < self._next_trial:
            raise CircuitOpen(self._next_trial - now)
        self._next_trial = now + self._open_s

    def succeeded(self) -> None:
        self._failures = 0
        self._next_trial = None

    def failed(self, now: float) -> None:
        """After a call that failed for the service's sake: a refusal of our request is a success here."""
        self._failures += 1
        if self._failures >= self._threshold:
            self._next_trial = now + self._open_s
