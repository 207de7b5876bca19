"""By which rules a company qualifies its leads."""

from __future__ import annotations

from dataclasses import asdict

from domain.qualification import events as q
from domain.qualification.settings import Rules
from projections.engine.columns import Bool, Int, Json, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class QualificationRules(Table):
    """rules: `Rules` as JSON. in_force: one number of a company, or none."""

    KEY = ("number",)

    number: Int
    rules: Json
    in_force: Bool = True
    published_at: Time

    def QualificationRulesPublished(self, e: Seen[q.QualificationRulesPublished]) -> Ops:
        event = e.event
        now = put(event.number, rules=asdict(Rules.of(event)), published_at=e.at)
        return (now, change(event.before, in_force=False)) if event.before else now

    def QualificationRulesWithdrawn(self, e: Seen[q.QualificationRulesWithdrawn]) -> Ops:
        return change(e.event.number, in_force=False)
