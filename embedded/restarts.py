"""When a failed service is started again, and when not any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Delays double from `first_s` to `most_s`; `failures` within `window_s` seconds are the end."""

    first_s: float = 0.3
    most_s: float = 10.0
    failures: int = 6
    window_s: float = 60.0

    def delay(self, failed_at: Sequence[float], now: float) -> float | None:
        """Seconds until the next start, given the times of all failures, this one included; None: give up."""
        recent = sum(now - at < self.window_s for at in failed_at)
        if recent >= self.failures:
            return None
        return min(self.most_s, self.first_s * 2.0 ** max(0, recent - 1))
