"""A sender that takes an answer that did not come for a message that was not sent.

As a program: `python -m proof.bugs.sends_again streams` is `legion streams` with it.
"""

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


if __name__ == "__main__":
    from cli.main import main

    EvolutionChannel.send = again  # type: ignore[method-assign]  # that is the bug
    main()
