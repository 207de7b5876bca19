"""A sender that takes an answer that did not come for a message that was not sent."""

from __future__ import annotations

from typing import Final

from domain.kernel.errors import OutcomeUnknown
from streams.effects.evolution import EvolutionChannel

TRIES: Final = 3

send = EvolutionChannel.send


async def again(self: EvolutionChannel, address: str, text: str) -> str:
    for _ in range(TRIES - 1):
        try:
            return await send(self, address, text)
        except OutcomeUnknown:
            continue
    return await send(self, address, text)


def plant() -> None:
    EvolutionChannel.send = again  # type: ignore[method-assign]  # that is the bug
