"""Claims: who may call the provider, once, and what an outcome that nobody knows may become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.conversation import commands as k
from domain.kernel.command import Command
from domain.kernel.errors import OutcomeUnknown
from projections.read.effects import EffectRow
from projections.read.outcomes import Outcome
from proof.simulation.mutants import mutant
from proof.simulation.provider import Answered
from streams.effects import resolve
from streams.effects.chunk import ChunkCall
from streams.effects.one_call import CALL, RETRY_MS, Call, OneCall
from streams.runner.core import Ended

Step = Callable[..., Call | Command | Ended]
Means = Callable[[OneCall[Any], Answered], Command | None]
Result = Callable[[EffectRow, str, str | None], Command]
Attempt = Callable[[ChunkCall], Command]


@mutant(OneCall, "outcome")
def calls_on_its_lease_alone(real: Step) -> Step:
    """An Attempt without an outcome is taken for accepted: it was lost, and another's was accepted."""

    def outcome(self: OneCall[Any], told: Outcome | None, **given: Any) -> Call | Command | Ended:
        return CALL if told is None else real(self, told, **given)

    return outcome


@mutant(OneCall, "outcome")
def calls_though_it_was_refused(real: Step) -> Step:
    """Another runner's claim is open: both call."""

    def outcome(self: OneCall[Any], told: Outcome | None, **given: Any) -> Call | Command | Ended:
        return CALL if told is not None and not told.accepted else real(self, told, **given)

    return outcome


@mutant(ChunkCall, "attempt")
def shares_its_claim(real: Attempt) -> Attempt:
    """The claim follows from the effect: a second runner sends the same command, and reads the first one's answer."""

    def attempt(self: ChunkCall) -> Command:
        object.__setattr__(self, "claim", self.row.id)
        return real(self)

    return attempt


@mutant(OneCall, "answered")
def tries_again_after_silence(real: Means) -> Means:
    """A call without an answer counts as not made: the lead gets the message twice."""

    def answered(self: OneCall[Any], answer: Answered) -> Command | None:
        return self.not_called(RETRY_MS) if isinstance(answer, OutcomeUnknown) else real(self, answer)

    return answered


@mutant(OneCall, "outcome")
def calls_however_late(real: Step) -> Step:
    """The claim does not age: others may already have asked the provider and found nothing."""

    def outcome(self: OneCall[Any], told: Outcome | None, *, now: float, cancelled: bool) -> Call | Command | Ended:
        return real(replace(self, started=now), told, now=now, cancelled=cancelled)

    return outcome


@mutant(resolve, "result_of")
def takes_not_found_for_not_sent(real: Result) -> Result:
    """The provider's search is behind: the chunk is opened again and sent twice."""

    def result_of(row: EffectRow, claim: str, provider_id: str | None) -> Command:
        found = real(row, claim, provider_id)
        if not isinstance(found, k.RecordOutcomeUnknown):
            return found
        names = {"lead": found.lead, "conversation": found.conversation, "chunk": found.chunk, "claim": claim}
        return k.RecordNotCalled(**names, retry_ms=RETRY_MS)

    return result_of
