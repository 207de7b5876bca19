"""Counts of this process alone, in fixed windows: for what is too fast, or too little, to be shared."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final

from vault.cache import BoundedCache

KEPT: Final = 20_000
"""Windows, about 5 MB. Under a flood of more senders than that the oldest begin anew: memory comes before the limit."""


class Windows:
    """clock: seconds, any monotonic. longest_s: of the windows asked for."""

    def __init__(self, longest_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: BoundedCache[Hashable, list[float]] = BoundedCache(KEPT, longest_s, clock)

    def hit(self, key: Hashable, amount: int, window_s: float) -> bool:
        """Counts one. Whether it is within `amount`; a window begins with its first hit."""
        now = self._clock()
        window = self._open.get(key)
        if window is None or now >= window[0]:
            window = self._open.put(key, [now + window_s, 0])
        window[1] += 1
        return window[1] <= amount
