"""A normaliser that takes poison for an outage: it tries again, with back-off, before it gives the letter up."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from streams.backoff import backoff
from streams.normalise import intake
from streams.normalise.normaliser import Normaliser, Prepared

TRIES: Final = 7


def plant() -> None:
    prepare = Normaliser.prepare

    async def stubborn(self: Normaliser, *args: Any, **named: Any) -> Prepared:
        for tries in range(TRIES):
            prepared = await prepare(self, *args, **named)
            if prepared.dead is None:
                return prepared
            await asyncio.sleep(backoff(tries, first=intake.FIRST, most=intake.MOST, jitter=1.0).total_seconds())
        return await prepare(self, *args, **named)

    setattr(Normaliser, "prepare", stubborn)  # noqa: B010 - a method is not assigned to
