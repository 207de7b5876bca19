"""What is sent of something that happened, or why it would be refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from domain.conversion.parts import Happened, Match
from domain.conversion.wanted import Standing, value_of
from domain.deal.parts import Money
from domain.kernel.clock import to_us
from domain.pixel.settings import Report
from gateways.meta.check import Ready, check
from gateways.meta.event import CustomData, Event
from gateways.meta.quality import quality
from gateways.meta.source import choose
from gateways.meta.user import User, user_data


@dataclass(frozen=True, slots=True)
class Wrong:
    """Meta would refuse it. cause: the first reason's code; fields: all that are wrong, as Meta calls them."""

    cause: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """source: its action source. value: what it is said to be worth."""

    ready: Ready
    source: str
    value: Money | None
    match: Match


def prepared(
    id_: str, happened: Happened, report: Report, standing: Standing, user: User, *, limited: bool, now: int
) -> Prepared | Wrong:
    """id_: the conversion's, Meta's `event_id`. limited: see `Setup`. now: seconds since the epoch."""
    value = value_of(report, standing)
    # No number of ours is one of WhatsApp Cloud yet: these come with issue 8.
    source = choose(report.name, user, cloud=False)
    event = Event(
        event_name=report.name,
        event_time=to_us(happened.at) // 1_000_000,
        event_id=id_,
        action_source=source.action_source,
        messaging_channel=source.messaging_channel,
        user=user,
        custom=CustomData(value=value.minor, currency=value.currency) if value else CustomData(),
        limited=limited,
    )
    ready = check(event, now)
    if not isinstance(ready, Ready):
        return Wrong(ready[0].code, tuple(reason.field for reason in ready))
    found = quality(user, user_data(user)[0])
    return Prepared(
        ready=ready,
        source=source.action_source.value,
        value=value,
        match=Match(
            present=found.present,
            left_out=tuple(reason.code for reason in ready.left_out),
            hints=tuple(reason.code for reason in found.hints),
        ),
    )
