"""What may stand in rules of qualification."""

from __future__ import annotations

import re
from typing import Final

from domain.holding.policies import name_fault
from domain.kernel.errors import Refused
from domain.lead.know import KEY, MAX_INTENT
from domain.qualification.settings import AnswerKind, Question, Rules

MAX_QUESTIONS: Final = 40
"""Of one company: each is a field of what the model is asked for, and a form that nobody fills says nothing."""

MAX_CHOICES: Final = 50
"""Of one question."""

MAX_ASKS: Final = 500
"""Characters of what to look for: a paragraph for the model, forty of which are still a short prompt."""

MAX_CHOICE: Final = 200
"""Characters of an answer to choose from."""

MAX_POINTS: Final = 1000
"""Of one answer, up or down: people think in tens."""

MAX_INTENTS: Final = 20
"""What leads may want: more than a company has departments."""

MAX_DORMANT_DAYS: Final = 365
"""Who has been silent for a year is asleep by any measure."""

INTENT: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_INTENT - 1}}}")
"""A code and no sentence: it stands in events for ever."""

OTHER: Final = "other"
"""The intent of who wants something else than the company's rules name. Nobody is qualified by it."""


def check(rules: Rules) -> None:
    """Raises Refused with the field, as `questions.0.points`.

    Refused: no_questions, too_many_questions, question_twice, question_invalid, choice_twice, threshold_out_of_range,
    threshold_out_of_reach, intent_invalid, intent_twice, dormancy_out_of_range.
    """
    if not rules.questions:
        raise Refused("no_questions", "questions")
    if len(rules.questions) > MAX_QUESTIONS:
        raise Refused("too_many_questions", "questions")
    for place, question in enumerate(rules.questions):
        if field := _question_fault(question):
            raise Refused("question_invalid", f"questions.{place}.{field}")
        _check_once("choice_twice", f"questions.{place}.choices", [choice.value for choice in question.choices])
    _check_once("question_twice", "questions", [question.key for question in rules.questions])
    _check_threshold(rules)
    if len(rules.intents) > MAX_INTENTS or any(not INTENT.fullmatch(each) or each == OTHER for each in rules.intents):
        raise Refused("intent_invalid", "intents")
    _check_once("intent_twice", "intents", list(rules.intents))
    days = rules.dormant_after_days
    if days is not None and not 1 <= days <= MAX_DORMANT_DAYS:
        raise Refused("dormancy_out_of_range", "dormant_after_days")


def most_points(question: Question) -> int:
    """The best that its answers give, and none where none is better than no answer."""
    given = [choice.points for choice in question.choices] or [question.points]
    return max(0, *given)


def _check_threshold(rules: Rules) -> None:
    """One that nobody can reach is a mistake: no lead would ever be qualified, and nobody would see why."""
    if not 0 <= rules.threshold <= MAX_QUESTIONS * MAX_POINTS:
        raise Refused("threshold_out_of_range", "threshold")
    most = sum(map(most_points, rules.questions))
    if rules.threshold > most:
        raise Refused("threshold_out_of_reach", f"threshold: all answers together give {most}")


def _question_fault(question: Question) -> str | None:
    """The first field that is wrong."""
    chosen = question.kind is AnswerKind.CHOICE
    right = {
        "key": KEY.fullmatch(question.key) is not None,
        "label": name_fault(question.label) is None,
        "asks": 0 < len(question.asks) <= MAX_ASKS,
        "points": _is_points(question.points) and not (chosen and question.points),
        "choices": len(question.choices) <= MAX_CHOICES and chosen == bool(question.choices),
    }
    for place, choice in enumerate(question.choices):
        right[f"choices.{place}.value"] = 0 < len(choice.value) <= MAX_CHOICE
        right[f"choices.{place}.points"] = _is_points(choice.points)
    return next((field for field, holds in right.items() if not holds), None)


def _is_points(points: int) -> bool:
    return -MAX_POINTS <= points <= MAX_POINTS


def _check_once(code: str, of: str, values: list[str]) -> None:
    """Capitals make no difference: nobody could tell which one was meant."""
    folded = [value.casefold() for value in values]
    if len(set(folded)) < len(folded):
        raise Refused(code, of)
