"""The model of a channel's provider: takes what it is called for, more than once if it is called more than once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from domain.kernel.errors import OutcomeUnknown
from gateways.errors import NeverSent, RateLimited, RefusedByProvider
from streams.effects.one_call import CallError

Answered = str | CallError
"""The provider's id of what it took, or the call's error."""


class Fate(StrEnum):
    """What becomes of the next call."""

    FINE = "taken and answered"
    SILENT = "taken, the answer is lost"
    NOWHERE = "lost on its way, without an answer"
    UNREACHED = "never sent"
    LIMITED = "rate limited"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a lead got. words: of which effect's chunk."""

    journey: str
    words: str
    tag: str
    claim: str
    provider_id: str


@dataclass(slots=True)
class Provider:
    """closed: chunks that must not be tried again: they were taken, or nobody can know. hides: its search shows
    nothing yet of what it has taken."""

    fate: Fate = Fate.FINE
    hides: bool = False
    taken: list[Taken] = field(default_factory=list)
    called: dict[str, Fate] = field(default_factory=dict)
    echoes: list[Taken] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    def call(self, journey: str, words: str, tag: str, claim: str) -> Answered:
        assert words not in self.closed, f"a second call for {words}, after one that was taken or may have been"
        assert claim not in self.called, "a second call under one claim"
        fate, self.fate = self.fate, Fate.FINE
        self.called[claim] = fate
        if fate in {Fate.FINE, Fate.SILENT, Fate.NOWHERE}:
            self.closed.add(words)
        if fate in {Fate.FINE, Fate.SILENT}:
            self.taken.append(Taken(journey, words, tag, claim, f"out-{len(self.taken)}"))
            self.echoes.append(self.taken[-1])
        match fate:
            case Fate.FINE:
                return self.taken[-1].provider_id
            case Fate.UNREACHED:
                return NeverSent()
            case Fate.LIMITED:
                return RateLimited()
            case Fate.REFUSED:
                return RefusedByProvider(http_status=400)
            case _:
                return OutcomeUnknown()

    def find(self, words: str) -> str | None:
        """What the search for an attempt's message shows."""
        if self.hides:
            self.hides = False
            return None
        return next((taken.provider_id for taken in self.taken if taken.words == words), None)
