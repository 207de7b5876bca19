"""What passes our gate, Meta takes: held against the simulator's own rules, which share no code with ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.meta.check import Ready, check
from gateways.meta.event import ActionSource, Channel, CustomData, Event
from gateways.meta.rules import DAY_S
from gateways.meta.user import User
from simulators.meta.problems import Problem
from simulators.meta.rules import events
from tests.gateways.meta.events import NOW, PHONE, event, ready

USERS = st.builds(
    User,
    emails=st.sampled_from([(), ("ana@exemplo.com",), ("ana",)]),
    phones=st.sampled_from([(), (PHONE,), ("27996005566",), ("+5527996005566", PHONE)]),
    city=st.sampled_from(["", "Vitória", "1"]),
    first_name=st.sampled_from(["", "Ana"]),
    gender=st.sampled_from(["", "f", "?"]),
    birthday=st.sampled_from(["", "19900102"]),
    country=st.sampled_from(["", "BR", "zz"]),
    user_agent=st.sampled_from(["", "Mozilla/5.0"]),
    external_ids=st.sampled_from([(), ("lead-1",)]),
    click_id=st.sampled_from(["", "ARAk"]),
    business_account_id=st.sampled_from(["", "8"]),
    page_id=st.sampled_from(["", "9"]),
)
EVENTS = st.builds(
    Event,
    event_name=st.sampled_from(["Lead", "LeadSubmitted", "Purchase", "Own name", " "]),
    event_time=st.integers(NOW - 70 * DAY_S, NOW + 2 * DAY_S) | st.integers(NOW - 8 * DAY_S, NOW),
    event_id=st.sampled_from(["e-1", ""]),
    action_source=st.sampled_from(ActionSource),
    user=USERS,
    custom=st.builds(
        CustomData,
        value=st.none() | st.integers(-5, 10**12),
        currency=st.sampled_from(["", "BRL", "JPY", "KWD", "brl", "XXX", "REAL"]),
    ),
    event_source_url=st.sampled_from(["", "https://loja.example/", "loja.example"]),
    messaging_channel=st.sampled_from([None, *Channel]),
    opt_out=st.booleans(),
)


@given(EVENTS)
@settings(max_examples=500)
def test_what_is_ready_is_taken(one: Event) -> None:
    found = check(one, NOW)
    if isinstance(found, Ready):
        assert events([json.loads(found.body)], NOW)
    else:
        assert found, "a refusal has reasons"


@pytest.mark.parametrize(
    "change",
    [
        {"event_time": NOW - 8 * DAY_S},
        {"user_data": {}},
        {"user_data": {"ph": [PHONE]}},
        {"action_source": "website"},
        {"action_source": "business_messaging"},
        {"event_name": "Purchase"},
    ],
)
def test_the_simulator_does_refuse(change: dict[str, Any]) -> None:
    """The control: its rules are not empty."""
    good = json.loads(ready(event()).body)
    assert events([good], NOW)
    with pytest.raises(Problem):
        events([{**good, **change}], NOW)
