"""Rules of a lead that are worth a name."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MAX_MOVED: Final = 1000
"""Messages of a closed journey that wait for their re-run. Each wait ends within minutes; more is a flood."""


MAX_RUNS: Final = 8
"""How often a moved message is run before people must look. With the waits below it is about two minutes: a merge
moves the aliases within ten seconds."""

RERUN_WAIT: Final = timedelta(seconds=1)
"""Before the second run; it doubles with each: a message must not loop between closed journeys as fast as it can."""


def rerun_wait(run: int) -> timedelta:
    """From `MessageMoved` to its run. The first one starts at once."""
    return RERUN_WAIT * 2 ** (min(run, MAX_RUNS) - 2) if run > 1 else timedelta(0)


def rerun_key(provider_id: str, run: int) -> str:
    """The key of the effect `rerun`, as in `domain/effects.py`."""
    return f"{provider_id}:{run}"
