"""The rules of teams as numbers."""

from __future__ import annotations

from typing import Final

MAX_TEAMS: Final = 200
"""Of one company, at a time: its teams are one stream, loaded whole for each change of one of them."""
