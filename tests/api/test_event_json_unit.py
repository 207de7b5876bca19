"""Events as JSON: every event of Legion can be shown, its envelope whole, its sealed fields still sealed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

import domain.events  # noqa: F401 - completes the registry
from api.event_json import event_json
from domain.kernel.actor import NORMALISER
from domain.kernel.event import EVENTS, Event
from eventlog.examples import AT, example_event
from eventlog.model import Position, Refusal
from tests.eventlog.samples import recorded

PLACE = Position(0, 3, 12)


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_every_event_can_be_shown(topic: str) -> None:
    event: Event = example_event(EVENTS[topic])
    shown = event_json(PLACE, recorded(event, 1, 0, "lead/one"))
    assert orjson.loads(orjson.dumps(shown))["type"] == topic
    assert set(shown["data"]) == set(event.own_fields())
    assert (shown["stream"], shown["version"], shown["at"]) == (event.originator_id, 3, "2026-11-25T12:30:15.250000Z")
    assert shown["position"] == {"epoch": 0, "partition": 3, "offset": 12}
    assert shown["actor"]["kind"] == NORMALISER.kind.value


def test_words_of_a_person_stay_sealed() -> None:
    shown: Any = event_json(PLACE, recorded(example_event(EVENTS["MessageReceived"]), 1, 0, "lead/one"))
    assert set(shown["data"]["text"]) == {"sealed"}
    assert set(shown["data"]["address"]) == {"sealed"}


def test_a_refusal_is_shown_as_what_it_answers() -> None:
    refused = Refusal(
        command_id="c1", command_topic="TakeFloor", journey="lead/one", tenant="t", code="floor_already_taken",
        detail="", actor=NORMALISER.without_grant(), at=AT,
    )  # fmt: skip
    shown = event_json(PLACE, refused)
    assert (shown["id"], shown["type"], shown["version"]) == ("c1:refused", "CommandRefused", None)
    assert shown["data"] == {"command": "TakeFloor", "code": "floor_already_taken", "detail": ""}
