"""Whether something grows: a line through what was measured, and how sure its slope is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from statistics import fmean
from typing import Final

HOUR_S: Final = 3600.0
BLOCKS: Final = 12
"""Samples are averaged in so many stretches of the time: those within one merge or one collection of garbage are not
independent, and a line through all of them would be far too sure."""

SURE: Final = 2.23
"""Standard errors of the slope on either side: 95 % of Student's t with ten degrees of freedom (blocks less two)."""

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
    """Least squares through (seconds, size), averaged in blocks. Fewer than three blocks say nothing."""
    first, hours = samples[0][0], (samples[-1][0] - samples[0][0]) / HOUR_S
    blocks = groupby(samples, lambda each: int((each[0] - first) / (hours * HOUR_S + 1) * BLOCKS))
    points = [tuple(map(fmean, zip(*block, strict=True))) for _, block in blocks]
    times, sizes = zip(*points, strict=True)
    middle, mean = fmean(times), fmean(sizes)
    if len(points) < 3 or not mean:
        return Line(mean, 0.0, float("inf"), 0.0)
    spread = sum((at - middle) ** 2 for at in times)
    slope = sum((at - middle) * (size - mean) for at, size in points) / spread
    rest = sum((size - mean - slope * (at - middle)) ** 2 for at, size in points)
    error = sqrt(rest / (len(points) - 2) / spread)
    to_hours = HOUR_S / mean
    return Line(mean, slope * to_hours, SURE * error * to_hours, hours)
