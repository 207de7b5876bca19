"""Agents know by a header alone which events may have opened an effect of theirs."""

from __future__ import annotations

from domain.conversation import events as c
from eventlog.schema import full_name
from streams.hints import AGENTS, is_for, types_of


def header(topic: str) -> tuple[tuple[str, bytes], ...]:
    return ("ce_specversion", b"1.0"), ("ce_type", full_name(topic).encode())


def test_a_closed_turn_wakes_the_reply_and_nobody_else() -> None:
    concerned = [agent for agent in AGENTS if is_for(types_of(agent), header(c.TurnClosed.TOPIC))]
    assert concerned == ["reply"]


def test_headers_come_as_pairs_as_a_mapping_or_not_at_all() -> None:
    types = types_of("debounce")
    pairs = header(c.MessageReceived.TOPIC)
    assert is_for(types, pairs)
    assert is_for(types, dict(pairs))
    assert not is_for(types, None)
    assert not is_for(types, [("ce_subject", next(iter(types)))])
