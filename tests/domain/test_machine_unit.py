"""Random lives of a conversation keep its invariants; the same lives find the bugs that are seeded here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from domain.conversation import chunk, floor, own, receive, turn
from domain.conversation.aggregate import Conversation
from domain.conversation.events import FloorTaken
from domain.conversation.parts import FloorReason, Turn
from domain.conversation.policies import due_us
from domain.conversation.state import Memory
from domain.kernel.journey import Journey
from tests.domain.machine import Talk
from tests.domain.talk import ROSA

LIVES: Final = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
CONTROL: Final = settings(
    LIVES, max_examples=10_000, phases=[Phase.generate], derandomize=True, report_multiple_bugs=False
)
"""Not shrunk: that the bug is found is enough. The rarest takes some 600 lives on average, and which lives come depends
on the code around (Hypothesis draws constants from it): the bound leaves no chance to luck and costs only a miss."""


def test_random_lives_of_a_conversation_keep_its_invariants() -> None:
    run_state_machine_as_test(Talk, settings=LIVES)


def nothing(*_args: Any, **_kwargs: Any) -> None:
    return None


def ignore_open_attempt(conversation: Conversation, id_: str, _claim: str) -> str | None:
    reply = conversation.reply
    pending = [] if reply is None else [piece.chunk for piece in reply.pending]
    return None if pending[:1] == [id_] else "chunk_not_pending"


def forget(_memory: Memory, _id: str, _at_us: int) -> bool:
    return False


def misnamed(make: Callable[..., Turn]) -> Callable[..., Turn]:
    """A turn whose version is not the last message."""
    return lambda *args: replace(make(*args), last_message="another")


def only_take_the_floor(journey: Journey, conversation: Conversation, reason: FloorReason) -> None:
    journey.record(conversation, FloorTaken, conversation=conversation.key, reason=reason, by="system:test")


BUGS: Final[dict[str, tuple[Any, str, Any]]] = {
    "people take the floor and the Centurion goes on": (floor, "fall_silent", nothing),
    "typing on the phone leaves the reply": (own, "hand_to_people", only_take_the_floor),
    "opting out does not stop the reply": (receive, "fall_silent", nothing),
    "a cancelled reply's attempt is reopened": (chunk, "_cancel_reopened", nothing),
    "two chunks are attempted at once": (chunk, "_hindrance", ignore_open_attempt),
    "duplicates are received": (Memory, "has", forget),
    "messages cancel without end": (receive, "MAX_CANCELS", 1_000),
    "a turn is versioned by another message": (receive, "turn_with", misnamed(turn.turn_with)),
    "a new message leaves the reply": (receive, "cancel_reply", nothing),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_seeded_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: without these the machine might check nothing."""
    where, name, wrong = BUGS[bug]
    monkeypatch.setattr(where, name, wrong)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Talk, settings=CONTROL)


TIMES: Final = st.integers(0, 10**15)


@given(TIMES, TIMES, TIMES, st.integers(0, 60_000), st.integers(0, 300_000))
def test_a_turn_is_due_now_or_when_window_or_cap_say(first: int, last: int, now: int, window: int, cap: int) -> None:
    due = due_us(first, last, replace(ROSA, window_ms=window, cap_ms=cap), now)
    assert due == max(now, min(last + window * 1000, first + cap * 1000))
