"""Rules of a lead that are worth a name."""

from __future__ import annotations

from typing import Final

MAX_MOVED: Final = 1000
"""Messages of a closed journey that wait for their re-run. Each wait ends within minutes; more is a flood."""


def rerun_key(provider_id: str, run: int) -> str:
    """The key of the effect `rerun`, as in `domain/effects.py`."""
    return f"{provider_id}:{run}"
