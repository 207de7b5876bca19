"""Times of conversions."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

TAKEN_FOR: Final = timedelta(days=7)
"""Meta takes nothing that is older (providers.md 6), and refuses the whole request that it is in."""

MARGIN: Final = timedelta(minutes=10)
"""Between our clock and Meta's, and for the way there."""

KNOWN_FOR: Final = timedelta(hours=47)
"""From the first attempt: for 48 hours Meta knows a repetition by name and id. Later, once more may count twice."""

LOOK_AGAIN: Final = timedelta(days=1)
"""At what is held, in case a release has missed it: at most seven looks in its life."""
