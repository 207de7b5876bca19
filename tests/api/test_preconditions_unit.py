"""Entity tags as they are read and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.preconditions import entity_tag, expected_version, none_matches, subject
from domain.conversation.commands import TakeFloor
from domain.holding.commands import ChangeCompanySlug
from domain.kernel.errors import InvalidInput
from domain.lead.commands import CloseJourney


@given(st.integers(0, 10**18 - 1))
def test_a_tag_that_was_given_is_the_version_that_comes_back(version: int) -> None:
    assert expected_version(entity_tag(version)) == version
    assert not none_matches(entity_tag(version), version)
    assert none_matches(entity_tag(version), version + 1)


@given(st.text())
def test_any_text_is_the_version_that_it_writes_or_is_refused(text: str) -> None:
    try:
        version = expected_version(text)
    except InvalidInput:
        version = None
    assert version is None or entity_tag(version) == text.strip()
    assert none_matches(text, 7) in {True, False}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("*", "whether it exists"),
        ('W/"7"', "weak"),
        ('"7", "8"', "one tag"),
        ("7", "version in quotes"),
        ('"x"', "version in quotes"),
        ('"07"', "version in quotes"),
        ('"-1"', "version in quotes"),
        ("", "version in quotes"),
        ('"' + 30 * "9" + '"', "version in quotes"),
    ],
)
def test_what_is_no_tag_of_ours_is_refused_and_says_why(header: str, why: str) -> None:
    with pytest.raises(InvalidInput, match="if_match_invalid") as refused:
        expected_version(header)
    assert why in refused.value.detail


@pytest.mark.parametrize(
    ("header", "full"),
    [
        (None, True),
        ('"6"', True),
        ('"7"', False),
        ('W/"7"', False),
        ('"5", W/"7"', False),
        ("*", False),
        ("rubbish", True),
    ],
)
def test_a_read_is_answered_in_full_unless_one_tag_is_the_version(header: str | None, full: bool) -> None:
    assert none_matches(header, 7) is full


def test_the_subject_is_the_resource_that_the_route_is_about() -> None:
    assert subject(ChangeCompanySlug(company="c", slug="acme")) == "company-c"
    assert subject(TakeFloor(lead="l", conversation="t")) == "conversation-t"
    assert subject(CloseJourney(lead="l", winner="w")) == "lead-l"
