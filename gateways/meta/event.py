"""What happened, in Meta's terms, and how it is written to Meta."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from gateways.meta.money import exponent, written
from gateways.meta.user import Sent, User
from gateways.values import known


class ActionSource(StrEnum):
    """Where it happened (providers.md 6)."""

    EMAIL = "email"
    WEBSITE = "website"
    APP = "app"
    PHONE_CALL = "phone_call"
    CHAT = "chat"
    PHYSICAL_STORE = "physical_store"
    SYSTEM_GENERATED = "system_generated"
    BUSINESS_MESSAGING = "business_messaging"
    OTHER = "other"


class Channel(StrEnum):
    """Of an event that came of a chat behind an ad."""

    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"


LIMITED: Final = {
    "data_processing_options": ["LDU"],
    "data_processing_options_country": 0,
    "data_processing_options_state": 0,
}
"""Limited data use [K]. Zeros: Meta looks where the person is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomData:
    """value: in the currency's smallest unit. currency: ISO 4217, upper case."""

    value: int | None = None
    currency: str = ""
    order_id: str = ""
    content_name: str = ""
    content_category: str = ""
    content_type: str = ""
    content_ids: tuple[str, ...] = ()
    num_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """event_time: seconds since the epoch, when it happened. event_id: with it and the name Meta knows an event that it
    has been told (48 h). event_source_url: of a website's page. opt_out: not to be used for choosing who sees ads.
    limited: to be used as laws of some states limit it (LDU); Meta finds out by itself which state the person is in."""

    event_name: str
    event_time: int
    event_id: str
    action_source: ActionSource
    user: User
    custom: CustomData = field(default_factory=CustomData)
    event_source_url: str = ""
    messaging_channel: Channel | None = None
    opt_out: bool = False
    limited: bool = False


def wire(event: Event, user_data: Sent) -> dict[str, Any]:
    """As Meta gets it; for `orjson.dumps` only, which writes the value's digits."""
    return {
        **known(
            event_name=event.event_name,
            event_time=event.event_time,
            event_id=event.event_id,
            action_source=event.action_source.value,
            event_source_url=event.event_source_url,
            messaging_channel=event.messaging_channel and event.messaging_channel.value,
            custom_data=custom_data(event.custom),
            opt_out=event.opt_out or None,
        ),
        **(LIMITED if event.limited else {}),
        "user_data": user_data,
    }


def custom_data(custom: CustomData) -> dict[str, Any]:
    """Without a value where the currency is unknown: nobody could say where its decimal point belongs."""
    places = exponent(custom.currency)
    value = None if custom.value is None or places is None else orjson.Fragment(written(custom.value, places))
    return known(
        value=value,
        currency=custom.currency,
        order_id=custom.order_id,
        content_name=custom.content_name,
        content_category=custom.content_category,
        content_type=custom.content_type,
        content_ids=list(custom.content_ids),
        num_items=custom.num_items,
    )
