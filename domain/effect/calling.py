"""What holds for every call that must not be made twice: how long it may take, when somebody asks what came of it, and
how far it may be put off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.kernel.clock import plus_ms
from domain.kernel.errors import Refused

RESOLVE_AFTER: Final = timedelta(seconds=30)
"""After a call's time-out, before asking what came of it (design §4): the provider's echo usually comes first."""

MAX_TIMEOUT_MS: Final = 120_000
"""Of a call to a provider. An open attempt holds the conversation: no call may hold it longer."""

MAX_RETRY_MS: Final = 3_600_000
"""How far a refused call may be put off: below the two hours after which an answer confuses."""


def resolve_at(at: datetime, timeout_ms: int) -> datetime:
    """When it is asked what came of a call that is attempted now. Refused: timeout_out_of_range."""
    if not 0 < timeout_ms <= MAX_TIMEOUT_MS:
        raise Refused("timeout_out_of_range")
    return plus_ms(at, timeout_ms) + RESOLVE_AFTER


def retry_at(at: datetime, retry_ms: int) -> datetime:
    """When it may be attempted again. Refused: retry_out_of_range."""
    if not 0 <= retry_ms <= MAX_RETRY_MS:
        raise Refused("retry_out_of_range")
    return plus_ms(at, retry_ms)
