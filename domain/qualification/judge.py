"""What the rules say to an answer, and what they make of all of them: pure, for whoever asks at the edge."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, Final

from domain.lead.parts import Bar
from domain.qualification.settings import AnswerKind, Question, Rules

MAX_VALUE: Final = 2000
"""Characters of an answer: a paragraph."""

MAX_NUMBER: Final = 2**53
"""What every reader of JSON knows exactly (RFC 8259 §6)."""

NO_ANSWER: Final = None
"""What `answer` gives for a value that answers nothing."""


def answer(question: Question, value: Any) -> str | int | float | bool | None:
    """The value as it is kept, from anything that JSON can hold; `NO_ANSWER` where it does not answer the question. A
    choice is found whatever its capitals."""
    match question.kind:
        case AnswerKind.TEXT:
            return value.strip() or NO_ANSWER if _is_text(value) else NO_ANSWER
        case AnswerKind.NUMBER:
            return _number(value)
        case AnswerKind.BOOLEAN:
            return value if isinstance(value, bool) else NO_ANSWER
        case AnswerKind.CHOICE:
            said = value.strip().casefold() if _is_text(value) else None
            return next((each.value for each in question.choices if each.value.casefold() == said), NO_ANSWER)
        case AnswerKind.DATE:
            return value if _is_date(value) else NO_ANSWER


def points(question: Question, kept: str | float | bool) -> int:
    """Of an answer as `answer` gives it."""
    match question.kind:
        case AnswerKind.CHOICE:
            return next(each.points for each in question.choices if each.value == kept)
        case AnswerKind.BOOLEAN:
            return question.points if kept else 0
        case _:
            return question.points


def bar(number: int, rules: Rules) -> Bar:
    """What a lead has to clear. number: of the rules."""
    return Bar(
        rules=number,
        required=tuple(question.key for question in rules.questions if question.required),
        threshold=rules.threshold,
        intents=rules.intents,
    )


def _is_text(value: Any) -> bool:
    """No NUL and no lone surrogate: neither PostgreSQL nor UTF-8 holds them."""
    if not isinstance(value, str) or len(value) > MAX_VALUE or "\x00" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MAX_NUMBER:
        return NO_ANSWER  # NaN and infinity are below nothing
    return int(value) if isinstance(value, float) and math.trunc(value) == value else value


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != len("2026-11-29"):
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
