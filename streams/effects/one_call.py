"""A call that must not be made twice, decided without I/O: who may call the provider, and what the answer means.

attempt() ─▶ outcome() ┬ refused: Ended, another has it or it is over
                       ├ unknown, cancelled or late: not called, which alone reopens the effect
                       └ CALL, once ─▶ answered() ┬ a command that says what came of it
                                                  └ None: nobody knows, its `resolve` will ask
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from domain.effect.calling import MAX_RETRY_MS
from domain.kernel.command import Command
from domain.kernel.errors import OutcomeUnknown
from eventlog.model import Recorded
from gateways.errors import NeverSent, RateLimited, RefusedByProvider
from projections.read.effects import EffectRow
from projections.read.outcomes import Outcome
from streams.commander import Commander
from streams.effects.simple import ended
from streams.runner.core import Again, Done, Ended
from streams.runner.job import Job

BUDGET_S: Final = 5.0
"""From before the Attempt was sent to the call: later than this others may already ask the provider what came of it."""

RETRY_MS: Final = 1_000
"""After a call that was not made."""

RATE_LIMITED_MS: Final = 5_000
"""After a 429 that names no time."""

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time() -> float:
    """Seconds that also count while the machine sleeps: a process woken late must not believe that it is early."""
    return time.clock_gettime(_CLOCK)


T = TypeVar("T")

CallError = NeverSent | RefusedByProvider | OutcomeUnknown
"""RateLimited is a RefusedByProvider."""


@dataclass(frozen=True, slots=True)
class Call:
    """The provider may be called now, once."""


CALL: Final = Call()


@dataclass(frozen=True, slots=True)
class OneCall(ABC, Generic[T]):
    """T: what the provider answers when it took it. claim: fresh, nobody else's. started: seconds of the caller's clock
    before the Attempt was sent. timeout_ms: of the call."""

    row: EffectRow
    claim: str
    started: float
    timeout_ms: int

    @abstractmethod
    def attempt(self) -> Command:
        """What the log must accept first."""

    @abstractmethod
    def not_called(self, retry_ms: int) -> Command: ...

    @abstractmethod
    def rejected(self, code: str, retry_ms: int) -> Command: ...

    @abstractmethod
    def failed(self, refused: RefusedByProvider) -> Command: ...

    @abstractmethod
    def took(self, answer: T) -> Command: ...

    def outcome(self, outcome: Outcome | None, *, now: float, cancelled: bool) -> Call | Command | Ended:
        """The Attempt's outcome, None if nobody knows. now: by the same clock as `started`."""
        if outcome is not None and not outcome.accepted:
            return ended(outcome)
        if outcome is None or cancelled or now - self.started > BUDGET_S:
            return self.not_called(RETRY_MS)
        return CALL

    def answered(self, answer: T | CallError) -> Command | None:
        """What the one call came to. None: nobody knows."""
        match answer:
            case NeverSent():
                return self.not_called(RETRY_MS)
            case RateLimited():
                asked = RATE_LIMITED_MS if answer.retry_after_s is None else int(answer.retry_after_s * 1000)
                return self.rejected(answer.code, min(asked, MAX_RETRY_MS))
            case RefusedByProvider():
                return self.failed(answer)
            case OutcomeUnknown():
                return None
            case _:
                return self.took(answer)

    def over(self, outcome: Outcome | None) -> Ended:
        """Of the command that said what came of it. A refusal means that the log knows better already (an echo came
        first): nothing to do again."""
        return Again("result_unknown") if outcome is None else Done()


@dataclass(frozen=True, slots=True)
class Caller:
    """clock: seconds, that of every call's `started`."""

    commander: Commander
    clock: Callable[[], float]

    async def once(self, job: Job, cause: Recorded, call: OneCall[T], make: Callable[[], Awaitable[T]]) -> Ended:
        """Attempts, calls if it may, says what came of it. cause: the event that opened the effect. make: the one
        call."""
        outcome = await self.commander.ask(cause, job.row, call.claim, call.attempt(), wait_s=BUDGET_S)
        step = call.outcome(outcome, now=self.clock(), cancelled=job.cancelled)
        if isinstance(step, Call):
            result = call.answered(await _answer(make))
            if result is None:
                return Done()
            step = result
        if not isinstance(step, Command):
            return step
        return call.over(await self.commander.settle(cause, job.row, call.claim, step))


async def _answer(make: Callable[[], Awaitable[T]]) -> T | CallError:
    """Calls the provider."""
    try:
        return await make()
    except (NeverSent, RefusedByProvider, OutcomeUnknown) as error:
        return error
