"""Time travel: the state of every kind of stream can be shown."""

from __future__ import annotations

import orjson
import pytest

import domain.events  # noqa: F401 - completes the registries
from api.journey_json import state_of
from domain.kernel.event import EVENTS
from domain.kernel.stream import STREAMS
from eventlog.examples import example_event

OURS = sorted(category for category, kind in STREAMS.items() if kind.__module__.startswith("domain."))
"""Not those that other tests of the same process have registered."""


@pytest.mark.parametrize("category", OURS)
def test_its_state_before_and_after_its_first_event_is_json(category: str) -> None:
    stream = STREAMS[category].blank(f"{category}-one")
    before = state_of(stream)
    first = next(iter(stream.HANDLERS))
    stream.evolve(example_event(EVENTS[first.TOPIC]))
    after = state_of(stream)
    assert all(orjson.loads(orjson.dumps(state)) == state for state in (before, after))
    assert before != after
