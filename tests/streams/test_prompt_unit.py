"""The Centurion remembers what was said, as it stands now, and the record says from which events."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.centurion.settings import CenturionSettings
from domain.kernel.errors import Misconfigured
from streams.prompt import MAX_CHARS, build
from streams.transcript import Said, Speaker, transcript
from tests.streams.said import Story, opened

SETTINGS = CenturionSettings(name="Ana", persona="You sell courses. Be {kind}.", model="m")


def said(story: Story) -> list[tuple[str, str]]:
    return [(each.speaker.value, each.text) for each in transcript(story.events, opened)]


def test_what_was_said_is_read_in_the_order_of_the_log() -> None:
    story = Story().lead("a", "Hi").failed_with("Hello", "How can I help?").sent("x0", "p0").lead("b", "A course")
    assert said(story) == [("lead", "Hi"), ("centurion", "Hello"), ("lead", "A course")]


def test_an_edit_replaces_and_a_deletion_removes() -> None:
    assert said(Story().lead("a", "Hi").lead("b", "oops").edited("a", "Hello").deleted("b")) == [("lead", "Hello")]


def test_what_may_have_been_shown_was_said() -> None:
    assert said(Story().failed_with("Sorry").unknown("x0")) == [("centurion", "Sorry")]


def test_a_message_without_words_is_named_by_its_kind() -> None:
    assert said(Story().lead("a", None, "audio").lead("b", "look", "image")) == [
        ("lead", "[audio]"),
        ("lead", "[image] look"),
    ]


def test_an_edit_or_a_deletion_that_came_before_its_message_counts() -> None:
    assert said(Story().edited("a", "Hello").deleted("b").lead("a", "Hi").lead("b", "oops")) == [("lead", "Hello")]


def test_of_two_edits_the_later_by_the_providers_clock_counts_whichever_came_first() -> None:
    story = Story().lead("a", "1").edited("a", "3", after_s=2).edited("a", "2", after_s=1)
    assert said(story) == [("lead", "3")]


def test_a_withdrawn_or_edited_message_that_was_never_seen_changes_nothing() -> None:
    assert said(Story().edited("a", "x").deleted("b")) == []


def test_the_prompt_alternates_and_marks_colleagues() -> None:
    story = Story().lead("a", "Hi").lead("b", "there?").human("c", "Moment").lead("d", "ok")
    prompt = build(SETTINGS, transcript(story.events, opened))
    assert prompt.messages[1:] == (("user", "Hi\nthere?"), ("assistant", "(colleague) Moment"), ("user", "ok"))
    assert prompt.messages[0][0] == "system"
    assert prompt.messages[0][1].startswith("You sell courses. Be {kind}.\n\nYou are Ana ")
    assert prompt.context == ("e1", "e2", "e3", "e4")
    assert prompt.version == "1"


def test_the_same_words_give_the_same_hash_and_others_another() -> None:
    one, same, other = (
        build(SETTINGS, transcript(Story().lead("a", text).events, opened)) for text in ("Hi", "Hi", "Ho")
    )
    assert one.hash == same.hash != other.hash


def test_an_unknown_frame_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(Misconfigured) as error:
        build(CenturionSettings(name="A", persona="p", model="m", prompt_version="x"), ())
    assert error.value.code == "prompt_version_unknown"


@given(st.lists(st.builds(Said, st.sampled_from(Speaker), st.text(max_size=9000), st.uuids().map(str), st.just("k"))))
def test_the_latest_words_fit_and_the_last_is_always_there(all_said: list[Said]) -> None:
    prompt = build(SETTINGS, all_said)
    words = sum(len(content) for _, content in prompt.messages[1:])
    # each message may add a line's end or the colleague's mark
    assert words <= max(MAX_CHARS, len(all_said[-1].text) if all_said else 0) + len(all_said) * 13
    roles = [role for role, _ in prompt.messages]
    assert all(before != after for before, after in itertools.pairwise(roles))
    assert prompt.context == tuple(each.event_id for each in all_said[len(all_said) - len(prompt.context) :])
    assert bool(prompt.context) == bool(all_said)
