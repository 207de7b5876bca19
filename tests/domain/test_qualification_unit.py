"""A company's rules, and what they make of an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access.matrix import Role
from domain.kernel.errors import Forbidden, Refused
from domain.qualification import events as e
from domain.qualification import judge
from domain.qualification.aggregate import Qualification
from domain.qualification.policies import MAX_CHOICES, MAX_INTENTS, MAX_QUESTIONS
from domain.qualification.settings import AnswerKind, Choice, Rules
from tests.domain import spec
from tests.domain.qualifying import (
    BUDGET,
    NEED,
    OWNER,
    RULES,
    SIZE,
    START_ON,
    WITHDRAW,
    publish,
    question,
)
from tests.domain.spec import COMPANY, World, the
from tests.domain.staff import acting


def test_each_publication_is_a_new_number_and_one_is_in_force() -> None:
    told = spec.given().when(publish())
    first = the(e.QualificationRulesPublished, told.then(e.QualificationRulesPublished))
    assert (first.number, first.before, Rules.of(first)) == (1, 0, RULES)
    told.when(publish()).refused("rules_unchanged")
    second = told.when(publish(threshold=10)).then(e.QualificationRulesPublished)
    assert [(event.number, event.before) for event in second if isinstance(event, e.QualificationRulesPublished)] == [
        (2, 1)
    ]
    gone = the(e.QualificationRulesWithdrawn, told.when(WITHDRAW).then(e.QualificationRulesWithdrawn))
    assert gone.number == 2
    told.refused("unknown_rules")
    again = the(e.QualificationRulesPublished, told.when(publish(threshold=10)).then(e.QualificationRulesPublished))
    assert (again.number, again.before) == (3, 0)
    assert told.world.stream(Qualification, COMPANY).number == 3


def test_spaces_around_words_are_nobodys_intention() -> None:
    told = spec.given(publish()).when(publish(questions=(replace(NEED, label=" Need "), *RULES.questions[1:])))
    told.refused("rules_unchanged")


@pytest.mark.parametrize(
    ("changed", "code", "at"),
    [
        ({"questions": ()}, "no_questions", "questions"),
        ({"questions": (NEED,) * (MAX_QUESTIONS + 1)}, "too_many_questions", "questions"),
        ({"questions": (NEED, NEED, BUDGET)}, "question_twice", "questions"),
        ({"questions": (question("Need"),)}, "question_invalid", "questions.0.key"),
        ({"questions": (NEED, question("b", label=" "))}, "question_invalid", "questions.1.label"),
        ({"questions": (question("b", asks=""),)}, "question_invalid", "questions.0.asks"),
        ({"questions": (question("b", asks="x" * 501),)}, "question_invalid", "questions.0.asks"),
        ({"questions": (question("b", points=1001),)}, "question_invalid", "questions.0.points"),
        ({"questions": (replace(SIZE, points=1),)}, "question_invalid", "questions.0.points"),
        ({"questions": (replace(SIZE, choices=()),)}, "question_invalid", "questions.0.choices"),
        ({"questions": (replace(NEED, choices=SIZE.choices),)}, "question_invalid", "questions.0.choices"),
        (
            {
                "questions": (
                    replace(SIZE, choices=tuple(Choice(value=str(n), points=0) for n in range(MAX_CHOICES + 1))),
                )
            },
            "question_invalid",
            "questions.0.choices",
        ),
        (
            {"questions": (replace(SIZE, choices=(Choice(value=" ", points=0),)),)},
            "question_invalid",
            "questions.0.choices.0.value",
        ),
        (
            {"questions": (replace(SIZE, choices=(Choice(value="a", points=-1001),)),)},
            "question_invalid",
            "questions.0.choices.0.points",
        ),
        (
            {"questions": (replace(SIZE, choices=(Choice(value="a", points=0), Choice(value="A", points=0))),)},
            "choice_twice",
            "questions.0.choices",
        ),
        ({"threshold": -1}, "threshold_out_of_range", "threshold"),
        ({"threshold": 111}, "threshold_out_of_reach", "threshold: all answers together give 110"),
        ({"intents": ("Buy",)}, "intent_invalid", "intents"),
        ({"intents": ("other",)}, "intent_invalid", "intents"),
        ({"intents": tuple(f"i{n}" for n in range(MAX_INTENTS + 1))}, "intent_invalid", "intents"),
        ({"intents": ("buy", "buy")}, "intent_twice", "intents"),
        ({"dormant_after_days": 0}, "dormancy_out_of_range", "dormant_after_days"),
        ({"dormant_after_days": 366}, "dormancy_out_of_range", "dormant_after_days"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(changed: dict[str, Any], code: str, at: str) -> None:
    with pytest.raises(Refused) as refused:
        World().take(publish(**changed))
    assert (refused.value.code, refused.value.detail) == (code, at)


def test_who_may_not_change_pipelines_changes_no_rules() -> None:
    told = spec.given(actor=acting(Role.SDR))
    for step in (publish(), WITHDRAW):
        with pytest.raises(Forbidden):
            told.world.take(step)


@pytest.mark.parametrize(
    ("asked", "value", "kept", "points"),
    [
        (NEED, "  a roof ", "a roof", 10),
        (NEED, " ", None, None),
        (NEED, "x" * 2001, None, None),
        (NEED, "nul \x00", None, None),
        (NEED, "\ud800", None, None),
        (NEED, 5, None, None),
        (BUDGET, 2500, 2500, 30),
        (BUDGET, 2500.0, 2500, 30),
        (BUDGET, 0.5, 0.5, 30),
        (BUDGET, True, None, None),
        (BUDGET, "2500", None, None),
        (BUDGET, float("nan"), None, None),
        (BUDGET, float("inf"), None, None),
        (BUDGET, 2**53, None, None),
        (SIZE, " large", "Large", 40),
        (SIZE, "Small", "Small", -5),
        (SIZE, "Huge", None, None),
        (SIZE, None, None, None),
        (OWNER, True, True, 20),
        (OWNER, False, False, 0),
        (OWNER, "yes", None, None),
        (OWNER, 1, None, None),
        (START_ON, "2026-12-01", "2026-12-01", 10),
        (START_ON, "2026-02-30", None, None),
        (START_ON, "2026-W01-1", None, None),
        (START_ON, "20261201", None, None),
        (START_ON, 20261201, None, None),
    ],
)
def test_an_answer_is_kept_when_it_answers(asked: Any, value: Any, kept: Any, points: int | None) -> None:
    found = judge.answer(asked, value)
    assert (found, type(found)) == (kept, type(kept))
    assert kept is None or judge.points(asked, kept) == points


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(RULES.questions), JSON)
def test_whatever_comes_is_answered_and_kept_once_is_kept_again(asked: Any, value: Any) -> None:
    kept = judge.answer(asked, value)
    if kept is not None:
        assert judge.answer(asked, kept) == kept
        assert isinstance(judge.points(asked, kept), int)
        assert type(kept) in (str, int, float, bool)


def test_the_bar_is_what_the_rules_ask() -> None:
    bar = judge.bar(7, RULES)
    assert (bar.rules, bar.required, bar.threshold, bar.intents) == (7, ("need", "budget"), 60, ("buy", "rent"))
    assert AnswerKind("choice") is AnswerKind.CHOICE
