"""Whether something grows: a line through what was measured, and how sure its slope is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Final

HOUR_S: Final = 3600.0
SURE: Final = 1.96
"""Standard errors of the slope on either side: 95 %, were samples independent."""

LIMIT: Final = 0.01
"""Of the size: what a process may grow in an hour, or within a run that is shorter."""


@dataclass(frozen=True, slots=True)
class Line:
    """size: mean of what was measured. per_hour: slope as a share of the size; give: half of its confidence interval.
    hours: how long was measured."""

    size: float
    per_hour: float
    give: float
    hours: float

    @property
    def too_steep(self) -> bool:
        """Surely more than the limit: the lower end of the slope's interval is above it."""
        return (self.per_hour - self.give) * self.hours > max(LIMIT, LIMIT * self.hours)

    def __str__(self) -> str:
        return f"{self.size / 2**20:.0f} MiB {100 * self.per_hour:+.2f} ± {100 * self.give:.2f} %/h"


def fit(samples: Sequence[tuple[float, float]]) -> Line:
    """Least squares through (seconds, size)."""
    times, sizes = [at for at, _ in samples], [size for _, size in samples]
    middle, mean = fmean(times), fmean(sizes)
    spread = sum((at - middle) ** 2 for at in times)
    if len(samples) < 3 or not spread or not mean:
        return Line(mean, 0.0, float("inf"), 0.0)
    slope = sum((at - middle) * (size - mean) for at, size in samples) / spread
    rest = sum((size - mean - slope * (at - middle)) ** 2 for at, size in samples)
    error = sqrt(rest / (len(samples) - 2) / spread)
    to_hours = HOUR_S / mean
    return Line(mean, slope * to_hours, SURE * error * to_hours, (times[-1] - times[0]) / HOUR_S)
