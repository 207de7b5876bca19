"""The gate before sending: an event, or every reason for which it would be refused."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from gateways.meta.event import Event, wire
from gateways.meta.reason import Reason
from gateways.meta.rules import RULES
from gateways.meta.user import user_data


@dataclass(frozen=True, slots=True)
class Ready:
    """Checked, hashed and written once, however often it is sent. body: the event's JSON; personal in it are address
    and browser only. left_out: fields of the person that were wrong; the others were enough."""

    event_name: str
    event_id: str
    body: bytes = field(repr=False)
    left_out: tuple[Reason, ...] = ()


def check(event: Event, now: int) -> Ready | tuple[Reason, ...]:
    """now: seconds since the epoch. Reasons come all at once, those of the person's fields first.

    A mistyped mail costs no conversion while a phone is there: its field is left out, and `left_out` tells.
    """
    sent, wrong = user_data(event.user)
    refused = tuple(reason for rule in RULES for reason in rule(event, sent, now))
    if refused:
        return wrong + refused
    return Ready(event.event_name, event.event_id, orjson.dumps(wire(event, sent)), wrong)
