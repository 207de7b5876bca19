"""Which rules a company qualifies its leads by."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.qualification import commands as qc
from domain.qualification import events as e
from domain.qualification.aggregate import Qualification
from domain.qualification.policies import check
from domain.qualification.settings import Rules


def publish_rules(journey: Journey, command: qc.PublishQualificationRules) -> None:
    """Refused: no_questions, too_many_questions, question_twice, question_invalid, choice_twice,
    threshold_out_of_range, threshold_out_of_reach, intent_invalid, intent_twice, dormancy_out_of_range,
    rules_unchanged."""
    own = journey.get(Qualification, command.company)
    wanted = Rules.of(command).trimmed()
    check(wanted)
    if wanted == own.rules:
        raise Refused("rules_unchanged")
    journey.record(
        own,
        e.QualificationRulesPublished,
        company=command.company,
        number=own.last + 1,
        before=own.number,
        **wanted.own_fields(),
    )


def withdraw_rules(journey: Journey, command: qc.WithdrawQualificationRules) -> None:
    """Refused: unknown_rules."""
    own = journey.get(Qualification, command.company)
    if own.rules is None:
        raise Refused("unknown_rules", "none are in force")
    journey.record(own, e.QualificationRulesWithdrawn, company=command.company, number=own.number)
