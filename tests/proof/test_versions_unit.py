"""Every event is written in all its versions, made up or released, and read as what it is."""

from __future__ import annotations

import random

import pytest

from domain.conversation.events import HumanAsked
from domain.events import EVENTS
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.command import EventMeta
from eventlog.codec import PREFIX_BYTES
from eventlog.examples import example_event
from proof.ground.versions import FIRST_ID, Historic

TRIES = 40
"""Of each event: none of its at most four versions is missed then."""


def ids_written(codec: Historic, topic: str) -> set[int]:
    event = example_event(EVENTS[topic])
    meta = EventMeta(
        event_id="e", tenant="t", journey="holding", stream=event.originator_id, version=event.originator_version,
        command_id="c", actor=BOOTSTRAP.without_grant(), at=event.timestamp,
    )  # fmt: skip
    ids = set()
    for _ in range(TRIES):
        value = codec.encode_event(meta, event)
        read = codec.decode_event(value)
        assert (read.event, read.meta) == (event, meta)
        ids.add(int.from_bytes(value[1:PREFIX_BYTES], "big"))
    return ids


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_an_event_in_any_version_is_the_same_event(topic: str) -> None:
    ids = ids_written(Historic(random.Random(topic)), topic)
    assert any(id_ >= FIRST_ID for id_ in ids)
    assert any(id_ < FIRST_ID for id_ in ids)


def test_the_renamed_topic_is_among_them() -> None:
    assert len(ids_written(Historic(random.Random(1)), HumanAsked.TOPIC)) >= 3
