"""The rules of people as pure functions and numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

INVITED_FOR: Final = timedelta(hours=48)
"""How long an invitation may be accepted: long enough for a weekend's half, short enough for a forgotten mailbox."""

MAX_MEMBERS: Final = 1_000
"""Of one company: its members are one stream, loaded whole for each change of one of them."""

TERMS: Final = "2026-11"
"""The version of the terms of use that people accept today."""

MAX_REASON: Final = 500
"""Characters of a reason that people give."""
