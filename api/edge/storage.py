"""The vault's counts as a storage of the package `limits`."""

from __future__ import annotations

import time
from typing import Final

from limits.aio.storage import Storage

from domain.kernel.errors import LegionError
from vault.cache import BoundedCache
from vault.rates import Counted, Rates

REMEMBERED: Final = 20_000
"""Windows as they were when this process last counted in them: about 5 MB."""

WINDOW_S: Final = 3600.0
"""None of ours is longer."""


class VaultStorage(Storage):
    """`incr` is one statement; what `limits` asks afterwards is answered from what that statement returned."""

    STORAGE_SCHEME = None  # made here, never from a URI

    def __init__(self, rates: Rates) -> None:
        super().__init__()
        self._rates = rates
        self._seen: BoundedCache[str, tuple[Counted, float]] = BoundedCache(REMEMBERED, WINDOW_S)

    @property
    def base_exceptions(self) -> type[Exception]:
        return LegionError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Raises Unavailable."""
        counted = await self._rates.count(key, expiry, amount)
        self._seen.put(key, (counted, time.time() + counted.left_s))
        return counted.hits

    async def get(self, key: str) -> int:
        """As this process saw it last; 0 of a window that is over."""
        seen = self._seen.get(key)
        return seen[0].hits if seen and seen[1] > time.time() else 0

    async def get_expiry(self, key: str) -> float:
        """Seconds since 1970."""
        seen = self._seen.get(key)
        return seen[1] if seen else time.time()

    async def check(self) -> bool:
        """By what has to be done now and then anyway."""
        try:
            await self._rates.forget_old()
        except LegionError:
            return False
        return True

    async def reset(self) -> int:
        self._seen.clear()
        return await self._rates.forget()

    async def clear(self, key: str) -> None:
        self._seen.drop(key)
        await self._rates.forget(key)
