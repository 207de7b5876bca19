"""A model gave no answer that can be used: whether it is asked again later, or the effect ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from domain.kernel.errors import LegionError, Misconfigured
from gateways.breaker import CircuitOpen
from gateways.errors import ChatFailed, ChatRefused, ChatUnreadable
from streams.runner.core import Again, Ended, Hopeless

ANSWERLESS: Final = (ChatFailed, ChatRefused, CircuitOpen, Misconfigured)

PATIENCE: Final = timedelta(minutes=10)
"""How long a model that is away is asked again. It was asked three times already each time; nobody waits for what these
effects bring as they wait for a reply."""

LATER: Final = timedelta(seconds=30)

log = structlog.get_logger()


def unanswered(error: LegionError, waited: timedelta) -> Ended:
    """waited: since the effect was opened. An answer that makes no sense, three times, will not make sense later."""
    log.warning("model_gave_no_answer", code=error.code, detail=error.detail)
    passes = isinstance(error, ChatFailed | CircuitOpen) and not isinstance(error, ChatUnreadable)
    return Again(error.code, LATER) if passes and waited < PATIENCE else Hopeless(error.code)
