"""A company's rules of qualification: one set is in force, or none."""

from __future__ import annotations

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.qualification import events as e
from domain.qualification.settings import Rules


class Qualification(Stream):
    """Of one company. last: number of the newest rules that it ever had. rules: those in force, None: none are."""

    CATEGORY = "qualification"

    def begin(self) -> None:
        self.last = 0
        self.rules: Rules | None = None

    @property
    def number(self) -> int:
        """Of those in force, 0: none are."""
        return self.last if self.rules is not None else 0

    @evolves(e.QualificationRulesPublished)
    def _published(self, event: e.QualificationRulesPublished) -> None:
        self.last, self.rules = event.number, Rules.of(event)

    @evolves(e.QualificationRulesWithdrawn)
    def _withdrawn(self, _event: e.QualificationRulesWithdrawn) -> None:
        self.rules = None

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """Rules open no effect."""
