"""Events that Meta takes, to be changed by tests."""

from __future__ import annotations

from typing import Any

from gateways.meta.check import Ready, check
from gateways.meta.event import ActionSource, CustomData, Event
from gateways.meta.user import User

NOW = 1_790_000_000
PHONE = "5511987654321"


def user(**over: Any) -> User:
    return User(**{"phones": (PHONE,), **over})


def event(**over: Any) -> Event:
    given: dict[str, Any] = {
        "event_name": "Lead",
        "event_time": NOW - 60,
        "event_id": "e-1",
        "action_source": ActionSource.SYSTEM_GENERATED,
        "user": user(),
    }
    return Event(**{**given, **over})


def purchase(value: int | None = 1990, currency: str = "BRL", **over: Any) -> Event:
    return event(event_name="Purchase", custom=CustomData(value=value, currency=currency), **over)


def ready(one: Event, now: int = NOW) -> Ready:
    found = check(one, now)
    assert isinstance(found, Ready), found
    return found


def codes(one: Event, now: int = NOW) -> list[str]:
    found = check(one, now)
    return [] if isinstance(found, Ready) else [reason.code for reason in found]
