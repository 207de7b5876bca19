"""Why Meta would refuse an event, each rule with where it is from.

One bad event refuses the whole request that it is in (providers.md 6), so all of this is asked before anything is sent.
Tags as there: [D] Meta's documentation, [C] a captured answer, [K] known, not checked; [ours] for what would be taken
and be of no use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

from gateways.meta.event import ActionSource, Channel, Event
from gateways.meta.money import exponent
from gateways.meta.reason import Reason
from gateways.meta.user import Sent

DAY_S: Final = 86_400
OLDEST_S: Final = 7 * DAY_S
"""[D] Older ones refuse the request, subcode 2804003."""

OLDEST_IN_STORE_S: Final = 62 * DAY_S
"""[D] For `physical_store`."""

AHEAD_S: Final = 60
"""Between our clock and Meta's. What is further ahead is a mistake in units or zones."""

MESSAGING_NAMES: Final = frozenset({"LeadSubmitted", "Purchase"})
"""Seen to be taken with `business_messaging`; `Lead` and `CompleteRegistration` are refused, subcode 2804066 [I]."""

TOO_BROAD: Final = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)
"""Fields that find too many people, alone and together: subcode 2804050 [C]; the sets [K]."""

MESSAGING_IDS: Final = {
    Channel.WHATSAPP: ("ctwa_clid", "whatsapp_business_account_id"),
    Channel.MESSENGER: ("page_id",),
}
"""What an event of a chat has to carry [D]. Instagram's are not listed: nothing of ours comes from there yet."""

Rule = Callable[[Event, Sent, int], Iterator[Reason]]
"""Of an event, its `user_data` as it is sent, and now in seconds since the epoch."""


def identity(event: Event, _user: Sent, _now: int) -> Iterator[Reason]:
    """[D] A name. [ours] An id: without it a second try is a second conversion."""
    if not event.event_name.strip():
        yield Reason("name_missing", "event_name", "an event has a name")
    if not event.event_id.strip():
        yield Reason("id_missing", "event_id", "without an id Meta cannot know a repetition")


def time(event: Event, _user: Sent, now: int) -> Iterator[Reason]:
    """[D] Not older than 7 days, or 62 in a shop; [K] not in the future."""
    oldest = OLDEST_IN_STORE_S if event.action_source is ActionSource.PHYSICAL_STORE else OLDEST_S
    if event.event_time < now - oldest:
        yield Reason("too_old", "event_time", f"older than the {oldest // DAY_S} days that Meta takes")
    elif event.event_time > now + AHEAD_S:
        yield Reason("in_future", "event_time", "it has not happened yet")


def person(_event: Event, user: Sent, _now: int) -> Iterator[Reason]:
    """[C] Subcode 2804050: nobody, or too many, would be found."""
    if not user:
        yield Reason("user_missing", "user_data", "nothing says who it was")
    elif any(user.keys() <= broad for broad in TOO_BROAD):
        yield Reason("user_too_broad", "user_data", "what is given fits too many people: add a phone, mail or click id")


def website(event: Event, user: Sent, _now: int) -> Iterator[Reason]:
    """[D] A page and a browser. (Without a browser the Graph API has been seen to take it: then it matches worse.)"""
    if event.action_source is not ActionSource.WEBSITE:
        return
    if not event.event_source_url:
        yield Reason("url_missing", "event_source_url", "an event of a website says on which page")
    elif not _is_page(event.event_source_url):
        yield Reason("url_invalid", "event_source_url", "not an address that begins with http:// or https://")
    if "client_user_agent" not in user:
        yield Reason("user_agent_missing", "user_data.client_user_agent", "an event of a website says in which browser")


def messaging(event: Event, user: Sent, _now: int) -> Iterator[Reason]:
    """[D] Channel and its ids; [I] only some names."""
    if event.action_source is not ActionSource.BUSINESS_MESSAGING:
        return
    if event.messaging_channel is None:
        yield Reason("channel_missing", "messaging_channel", "an event of a chat says of which channel")
    else:
        for name in MESSAGING_IDS.get(event.messaging_channel, ()):
            if name not in user:
                yield Reason(f"{name}_missing", f"user_data.{name}", "an event of this channel has to carry it")
    if event.event_name not in MESSAGING_NAMES:
        allowed = " and ".join(sorted(MESSAGING_NAMES))
        yield Reason("name_not_for_messaging", "event_name", f"of chats Meta takes {allowed} only")


def money(event: Event, _user: Sent, _now: int) -> Iterator[Reason]:
    """[D] A purchase has value and currency, a value has a currency of ISO 4217. [ours] In upper case, and no value
    below zero. A currency without cents needs no rule: values are in smallest units, and a yen is one."""
    value, currency = event.custom.value, event.custom.currency
    if event.event_name == "Purchase" and value is None:
        yield Reason("value_missing", "custom_data.value", "a purchase has a value")
    if value is not None and value < 0:
        yield Reason("value_negative", "custom_data.value", "a value is not below zero")
    if not currency:
        if value is not None or event.event_name == "Purchase":
            yield Reason("currency_missing", "custom_data.currency", "a value has a currency")
    elif exponent(currency) is None:
        upper = exponent(currency.upper()) is not None
        yield Reason(
            "currency_case" if upper else "currency_unknown",
            "custom_data.currency",
            "written in upper case, as in BRL" if upper else "not a currency of ISO 4217",
        )


RULES: Final[tuple[Rule, ...]] = (identity, time, person, website, messaging, money)


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
