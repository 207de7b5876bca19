"""Raw bodies age out: their day's key is destroyed once [ingress] and [dlq] may have dropped them (design §3, §7)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog

from domain.kernel.errors import Unavailable
from eventlog.topics import TRANSIENT_DAYS
from vault.db import Vault

EVERY_S: Final = 3600.0
"""A day ends once a day: within the hour is soon enough, and asking costs nothing."""

log = structlog.get_logger()


def aged_out_at(day: date) -> datetime:
    """From when on no body of this UTC day, or of an earlier one, is kept: `TRANSIENT_DAYS` whole days after it."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1 + TRANSIENT_DAYS)


def last_day_of(until: datetime) -> date:
    """The UTC day whose bodies age out then: the inverse of `aged_out_at`."""
    return (until - timedelta(days=1 + TRANSIENT_DAYS)).date()


@dataclass(frozen=True, slots=True)
class Aging:
    """ahead: of today, for who must see what later days bring. Today is the database's: a process whose own clock has
    jumped by a month would destroy the keys of bodies that came a minute ago, and nobody could read them any more."""

    vault: Vault
    ahead: timedelta = timedelta(0)

    async def once(self) -> None:
        """Destroys the keys, and removes the large bodies, of days that are over for so long. Raises Unavailable."""
        oldest_kept = await self.vault.daykeys.today() + self.ahead - timedelta(days=TRANSIENT_DAYS)
        keys = await self.vault.daykeys.destroy_before(oldest_kept)
        bodies = await self.vault.bodies.delete_before(oldest_kept)
        if keys or bodies:
            log.info("bodies_aged_out", before=oldest_kept.isoformat(), day_keys=keys, large_bodies=bodies)

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.once()
            except Unavailable as away:
                log.warning("aging_waits", code=away.code)
            await asyncio.sleep(EVERY_S)
