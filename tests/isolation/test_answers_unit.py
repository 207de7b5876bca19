"""What two answers have in common, and what one tells."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from projections.read.page import decode_cursor, encode_cursor
from tests.isolation.answers import Answer, unlike

PROBLEM = {"content-type": "application/problem+json"}


def refused(id_: str, code: str = "lead_not_found") -> Answer:
    text = f'{{"code": "{code}", "instance": "/v1/leads/{id_}"}}'
    return Answer(404, PROBLEM, text, frozenset({id_}))


@given(st.uuids(), st.uuids())
def test_answers_that_differ_in_ids_only_are_alike(one: object, other: object) -> None:
    assert refused(str(one)).blanked() == refused(str(other)).blanked()


def test_answers_that_differ_in_anything_else_are_not() -> None:
    """The control."""
    id_ = str(uuid4())
    plain = refused(id_)
    for other in (
        refused(id_, "lead_erased"),
        Answer(403, PROBLEM, plain.text, plain.sent),
        Answer(404, {**PROBLEM, "retry-after": "1"}, plain.text, plain.sent),
    ):
        assert other.blanked() != plain.blanked()


def test_what_was_sent_is_told_to_nobody_and_all_else_is() -> None:
    sent, other = str(uuid4()), str(uuid4())
    assert refused(sent).tells({sent, "q0mark"}) == set()
    assert Answer(200, {}, f'["{other}", "q0mark7"]', frozenset({sent})).tells({sent, other, "q0mark"}) == {
        other,
        "q0mark",
    }
    assert Answer(200, {"location": f"/v1/leads/{other}"}, "").tells({other}) == {other}


def test_a_problem_has_a_code_and_other_answers_none() -> None:
    assert refused(str(uuid4())).code == "lead_not_found"
    assert Answer(200, {"content-type": "application/json"}, "{}").code == ""


def test_nobodys_id_has_the_shape_of_somebodys() -> None:
    new = str(uuid4())
    assert unlike(str(uuid4()), new) == new
    assert unlike(f"lead/{uuid4()}", new) == f"lead/{new}"
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert decode_cursor(unlike(encode_cursor(at, str(uuid4())), new), datetime, str) == (at, new)
    token = "fVq_0-" + "x" * 37
    assert len(unlike(token, new)) == len(token)
    assert unlike(token, new) != token
