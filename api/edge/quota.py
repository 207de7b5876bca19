"""How often somebody may call: counted in the vault for all processes, in memory while it is away."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from api.edge.lease import Lease, Limit, Standing
from domain.kernel.errors import Unavailable
from vault.cache import BoundedCache
from vault.rates import Rates

KEPT: Final = 20_000
"""Leases of a process, about 10 MB. One thrown out costs a statement and what was left of its batch."""

KEPT_S: Final = 120.0
"""Longer than a window."""

PATIENCE_S: Final = 0.5
"""How long a request waits for the count of it. Then the vault is as good as away."""

AWAY_S: Final = 5.0
"""How long it is not asked again."""

SWEEP_S: Final = 60.0
"""Between two deletions of windows that are over."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Kept:
    lease: Lease
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of many at once one counts, the others spend what it counted."""


class Quota:
    """shared: of all processes. clock: seconds, any monotonic."""

    def __init__(self, shared: Storage, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared = FixedWindowRateLimiter(shared)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._clock = clock
        self._away_until = 0.0
        self._away = False
        self._kept: BoundedCache[tuple[str, str], _Kept] = BoundedCache(KEPT, KEPT_S, clock)

    async def take(self, limit: Limit, who: str) -> Standing:
        """Spends one call. Never raises for a vault that is away: then each process counts by itself, and together they
        let through as many times the limit as there are processes."""
        kept = self._kept.get((limit.name, who)) or self._kept.put((limit.name, who), _Kept(Lease(limit)))
        if (standing := kept.lease.take(self._clock())) is not None:
            return standing
        async with kept.lock:
            while (standing := kept.lease.take(self._clock())) is None:
                await self._count(kept.lease, who)
        return standing

    async def _count(self, lease: Lease, who: str) -> None:
        item = RateLimitItemPerMinute(lease.limit.amount, namespace=lease.limit.name)
        if self._clock() >= self._away_until:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._count_in(self._shared, lease, item, who)
            except (Unavailable, TimeoutError) as away:
                self._now_away(type(away).__name__)
            else:
                self._back()
                return
        await self._count_in(self._own, lease, item, who)

    async def _count_in(
        self, limiter: FixedWindowRateLimiter, lease: Lease, item: RateLimitItemPerMinute, who: str
    ) -> None:
        batch, key = lease.limit.batch, item.key_for(who)
        await limiter.hit(item, who, cost=batch)
        hits, ends = await limiter.storage.get(key), await limiter.storage.get_expiry(key)
        lease.counted(hits, batch, self._clock() + max(0.001, ends - time.time()))

    def _now_away(self, why: str) -> None:
        self._away_until = self._clock() + AWAY_S
        if not self._away:
            self._away = True
            log.warning("rate_limits_by_process", why=why)

    def _back(self) -> None:
        if self._away:
            self._away = False
            log.info("rate_limits_shared_again")


async def sweep(rates: Rates) -> None:
    """For ever: windows that are over are deleted, by whichever process comes first."""
    while True:
        await asyncio.sleep(SWEEP_S)
        with contextlib.suppress(Unavailable):
            await rates.forget_old()
