"""Ten thousand events, one in a hundred bad: all others arrive, once, and each bad one has its reason."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
import pytest

from domain.kernel.errors import OutcomeUnknown
from gateways.meta.check import Ready
from gateways.meta.client import MOST, Accepted, MetaClient
from gateways.meta.deliver import deliver
from gateways.meta.errors import (
    MetaFailing,
    MetaNotPermitted,
    MetaPayloadRefused,
    MetaRefused,
    MetaThrottled,
    MetaTokenDead,
)
from gateways.meta.event import ActionSource, Channel
from gateways.meta.user import User
from tests.gateways.meta.events import event, ready
from tests.gateways.meta.server import DATASET, Control


def batch(count: int, bad: dict[int, str]) -> list[Ready]:
    """bad: cause by place. They pass our gate in its time; Meta's clock and Meta's rules are others."""
    now = int(time.time())
    made: list[Ready] = []
    for place in range(count):
        over: dict[str, Any] = {"event_id": f"e-{place}", "event_time": now}
        match bad.get(place):
            case "event_too_old":
                made.append(ready(event(**{**over, "event_time": now - 8 * 86_400}), now - 8 * 86_400))
            case "name_not_for_messaging":
                made.append(_with(event(**over), now, action_source="business_messaging", messaging_channel="whatsapp"))
            case "user_too_broad":
                made.append(_with(event(**over), now, user_data={"ct": ["0" * 64]}))
            case _:
                made.append(ready(event(**over), now))
    return made


def _with(one: Any, now: int, **over: Any) -> Ready:
    """An event that our rules would not let out, as if they were older than Meta's."""
    good = ready(one, now)
    return Ready(good.event_name, good.event_id, orjson.dumps({**orjson.loads(good.body), **over}))


CAUSES = ("event_too_old", "name_not_for_messaging", "user_too_broad")


async def test_ten_thousand_with_one_in_a_hundred_bad(client: MetaClient, control: Control) -> None:
    bad = {(number * 7919 + 13) % 10_000: CAUSES[number % 3] for number in range(100)}
    assert len(bad) == 100
    events = batch(10_000, bad)
    done = await deliver(partial(client.send, DATASET), events)
    assert {place: why.cause.code for place, why in done.refused.items()} == bad
    assert sorted(done.accepted) == sorted(set(range(10_000)) - bad.keys())
    assert (done.left, done.stopped) == ([], None)
    assert done.requests < 1_600, "about k·log2 n for each batch of 1,000"
    accepted = await control.accepted()
    assert accepted == {f"e-{place}": 1 for place in done.accepted}
    assert (await control.calls())["duplicates"] == 0, "nothing was sent again"


async def test_without_looking_for_the_bad_ones_nothing_arrives(client: MetaClient, control: Control) -> None:
    """The control: one bad event in each request is enough."""
    events = batch(2 * MOST, {0: "event_too_old", MOST: "event_too_old"})
    for start in (0, MOST):
        with pytest.raises(MetaPayloadRefused):
            await client.send(DATASET, events[start : start + MOST])
    assert await control.accepted() == {}
    done = await deliver(partial(client.send, DATASET), events)
    assert len(done.accepted) == 2 * MOST - 2


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"kind": "refuse", "code": 190, "status": 401}, MetaTokenDead),
        ({"kind": "refuse", "code": 100, "subcode": 33, "status": 400}, MetaNotPermitted),
        ({"kind": "throttle"}, MetaThrottled),
        ({"kind": "refuse", "code": 2, "status": 500}, MetaFailing),
        ({"kind": "timeout_after_accept"}, OutcomeUnknown),
    ],
)
async def test_what_is_no_events_fault_is_not_looked_for(
    quick: MetaClient, control: Control, asked: dict[str, Any], error: type[Exception]
) -> None:
    await control.fault(**asked)
    events = batch(MOST + 5, {})
    done = await deliver(partial(quick.send, DATASET), events)
    assert type(done.stopped) is error
    assert (done.accepted, done.refused, done.left) == ([], {}, list(range(MOST + 5)))
    assert done.requests == (await control.calls())["requests"] == 1
    again = await deliver(partial(quick.send, DATASET), [events[place] for place in done.left])
    assert len(again.accepted) == MOST + 5
    assert set((await control.accepted()).values()) == {1}, "also those that were taken before"


async def test_stopped_in_the_middle_of_a_search_nothing_is_lost(client: MetaClient, control: Control) -> None:
    events = batch(64, {40: "event_too_old"})

    async def dying(part: Sequence[Ready]) -> Accepted:
        """The token dies after the first half was taken."""
        said = await client.send(DATASET, part)
        await control.token(alive=False)
        return said

    done = await deliver(dying, events)
    assert isinstance(done.stopped, MetaTokenDead)
    assert done.accepted == list(range(32))
    assert (done.refused, done.left) == ({}, list(range(32, 64)))
    await control.token(alive=True)
    rest = await deliver(partial(client.send, DATASET), [events[place] for place in done.left])
    assert list(rest.refused) == [40 - 32]
    assert await control.accepted() == {f"e-{place}": 1 for place in range(64) if place != 40}


async def test_every_reason_can_be_told_to_people(client: MetaClient, control: Control) -> None:
    del control
    done = await deliver(partial(client.send, DATASET), batch(9, {1: CAUSES[0], 4: CAUSES[1], 8: CAUSES[2]}))
    for why in done.refused.values():
        assert isinstance(why, MetaRefused)
        assert why.cause.what
        assert why.cause.do
        assert why.said.trace
        assert why.said.message != why.cause.what


async def test_a_chat_behind_an_ad_is_taken(client: MetaClient, control: Control) -> None:
    now = int(time.time())
    who = User(click_id="ARAk", business_account_id="8")
    source = ActionSource.BUSINESS_MESSAGING
    chat = event(event_name="LeadSubmitted", event_time=now, action_source=source, user=who)
    await client.send(DATASET, [ready(replace(chat, messaging_channel=Channel.WHATSAPP), now)])
    assert await control.accepted() == {"e-1": 1}
