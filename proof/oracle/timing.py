"""Whether two kinds of answers can be told apart by the time that they take. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

SURE: Final = 3.89
"""Standard deviations: once in ten thousand honest runs (two-sided) the test says yes."""


def told_apart(pairs: Sequence[tuple[float, float]]) -> float:
    """Of pairs taken one right after the other: by how many standard deviations the first one is the longer one more
    often than by chance (sign test: whatever the distribution, and the machine's other work, which hits both)."""
    longer = sum(first > second for first, second in pairs)
    return (2 * longer - len(pairs)) / math.sqrt(len(pairs)) if pairs else 0.0
