"""A company's security events of one day."""

from __future__ import annotations

from typing import Final

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.security import events as s

MAX_ROWS: Final = 500
"""Counts in one event: some 60 KB, far below what a record may be."""


def day_stream(company: str, day: str) -> str:
    return f"{SecurityDay.CATEGORY}-{company}.{day}"


class SecurityDay(Stream):
    """Nothing is decided by what came before: the days only keep streams short. recorded: for who looks at the day."""

    CATEGORY = "security"

    def begin(self) -> None:
        self.recorded = 0

    @evolves(s.AccountActed, s.FailuresSummarised, s.PersonalDataRead)
    def _recorded(self, _event: s.AccountActed | s.FailuresSummarised | s.PersonalDataRead) -> None:
        self.recorded += 1

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """What was seen opens no effect."""
