"""The one call of a chunk, decided without I/O: who may call the provider, and what the call's answer means.

attempt() ─▶ outcome() ┬ refused: Ended, another has it or it is over
                       ├ unknown, cancelled or late: RecordNotCalled, which alone reopens the chunk
                       └ CALL, once ─▶ answered() ┬ a command that says what came of it
                                                  └ None: nobody knows, `resolve` will ask
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from domain.conversation import commands as k
from domain.conversation.parts import SentHow
from domain.conversation.policies import MAX_RETRY_MS
from domain.kernel.command import Command
from domain.kernel.errors import OutcomeUnknown
from domain.kernel.ids import id_of
from gateways.errors import NeverSent, RateLimited, RefusedByProvider
from projections.read.effects import EffectRow
from projections.read.outcomes import Outcome
from streams.effects.opened import lead_of
from streams.effects.simple import ended
from streams.runner.core import Again, Done, Ended

BUDGET_S: Final = 5.0
"""From before the Attempt was sent to the call: later than this others may already ask the provider what came of it."""

RETRY_MS: Final = 1_000
"""After a call that was not made."""

RATE_LIMITED_MS: Final = 5_000
"""After a 429 that names no time."""

Answered = str | NeverSent | RefusedByProvider | OutcomeUnknown
"""The provider's id of what it took, or the call's error (RateLimited is a RefusedByProvider)."""


@dataclass(frozen=True, slots=True)
class Call:
    """The provider may be called now, once."""


CALL: Final = Call()


@dataclass(frozen=True, slots=True)
class OneCall:
    """claim: fresh, nobody else's. started: seconds of the caller's clock before the Attempt was sent. timeout_ms: of
    the call."""

    row: EffectRow
    claim: str
    started: float
    timeout_ms: int

    def attempt(self) -> Command:
        """What the log must accept first."""
        return k.AttemptChunk(**self._names, timeout_ms=self.timeout_ms)

    def outcome(self, outcome: Outcome | None, *, now: float, cancelled: bool) -> Call | Command | Ended:
        """The Attempt's outcome, None if nobody knows. now: by the same clock as `started`."""
        if outcome is not None and not outcome.accepted:
            return ended(outcome)
        if outcome is None or cancelled or now - self.started > BUDGET_S:
            return self._not_called()
        return CALL

    def answered(self, answer: Answered) -> Command | None:
        """What the one call came to. None: nobody knows, `resolve` will ask."""
        match answer:
            case NeverSent():
                return self._not_called()
            case RateLimited():
                asked = RATE_LIMITED_MS if answer.retry_after_s is None else int(answer.retry_after_s * 1000)
                return k.RecordRejected(**self._names, code=answer.code, retry_ms=min(asked, MAX_RETRY_MS))
            case RefusedByProvider():
                return k.RecordChunkFailed(**self._names, code=f"http_{answer.http_status}")
            case OutcomeUnknown():
                return None
            case str():
                return k.RecordSent(**self._names, provider_id=answer, how=SentHow.ANSWER)

    def over(self, outcome: Outcome | None) -> Ended:
        """Of the command that said what came of it. A refusal means that the log knows better already (an echo came
        first): nothing to do again."""
        return Again("result_unknown") if outcome is None else Done()

    def _not_called(self) -> Command:
        return k.RecordNotCalled(**self._names, retry_ms=RETRY_MS)

    @property
    def _names(self) -> dict[str, Any]:
        """The fields that all commands to a chunk share."""
        return {
            "lead": lead_of(self.row),
            "conversation": id_of(self.row.stream),
            "chunk": self.row.key,
            "claim": self.claim,
        }
