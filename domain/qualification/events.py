"""Events of a company's rules of qualification, in its own journey."""

from __future__ import annotations

from domain.kernel.event import Event, event
from domain.qualification.settings import HandoffRule, Question


@event("QualificationRulesPublished", stream="qualification")
class QualificationRulesPublished(Event):
    """In force from now on. number: counts from 1 over all that the company ever had. before: number of those that were
    in force until now, 0 where there were none."""

    company: str
    number: int
    before: int
    questions: tuple[Question, ...]
    threshold: int
    intents: tuple[str, ...]
    handoff: HandoffRule | None
    dormant_after_days: int | None


@event("QualificationRulesWithdrawn", stream="qualification")
class QualificationRulesWithdrawn(Event):
    """The company has no rules from now on: people qualify."""

    company: str
    number: int
