"""Every rule by which Meta refuses an event is asked before it is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from gateways.meta.check import Ready, check
from gateways.meta.event import ActionSource, Channel, CustomData, Event
from gateways.meta.rules import DAY_S
from gateways.meta.user import User
from tests.gateways.meta.corpus import corpus
from tests.gateways.meta.events import NOW, PHONE, codes, event, purchase, ready, user

WEB: dict[str, Any] = {
    "action_source": ActionSource.WEBSITE,
    "event_source_url": "https://loja.example/obrigado",
    "user": user(user_agent="Mozilla/5.0", fbp="fb.1.1.2"),
}
CHAT: dict[str, Any] = {
    "event_name": "LeadSubmitted",
    "action_source": ActionSource.BUSINESS_MESSAGING,
    "messaging_channel": Channel.WHATSAPP,
    "user": User(click_id="ARAk", business_account_id="8"),
}


@pytest.mark.parametrize("good", [event(), event(**WEB), event(**CHAT), purchase(), purchase(0), purchase(1, "JPY")])
def test_a_good_event_is_ready(good: Event) -> None:
    assert codes(good) == []


def refused(code: str, one: Event) -> Any:
    return pytest.param(code, one, id=code)


@pytest.mark.parametrize(
    ("code", "bad"),
    [
        refused("name_missing", event(event_name=" ")),
        refused("id_missing", event(event_id="")),
        refused("too_old", event(event_time=NOW - 7 * DAY_S - 1)),
        refused("too_old", event(event_time=NOW - 62 * DAY_S - 1, action_source=ActionSource.PHYSICAL_STORE)),
        refused("in_future", event(event_time=NOW + 3600)),
        refused("in_future", event(event_time=NOW * 1000)),  # milliseconds
        refused("user_missing", event(user=User())),
        refused("user_too_broad", event(user=User(city="Vitória", state="ES", country="BR"))),
        refused("user_too_broad", event(user=User(user_agent="Mozilla/5.0"))),
        refused("user_too_broad", event(user=User(first_name="Ana", gender="f"))),
        refused("url_missing", event(**{**WEB, "event_source_url": ""})),
        refused("url_invalid", event(**{**WEB, "event_source_url": "loja.example/obrigado"})),
        refused("url_invalid", event(**{**WEB, "event_source_url": "https://[oops"})),
        refused("user_agent_missing", event(**{**WEB, "user": user(fbp="fb.1.1.2")})),
        refused("channel_missing", event(**{**CHAT, "messaging_channel": None})),
        refused("ctwa_clid_missing", event(**{**CHAT, "user": user(business_account_id="8")})),
        refused("whatsapp_business_account_id_missing", event(**{**CHAT, "user": user(click_id="ARAk")})),
        refused("page_id_missing", event(**{**CHAT, "messaging_channel": Channel.MESSENGER})),
        refused("name_not_for_messaging", event(**{**CHAT, "event_name": "Lead"})),
        refused("name_not_for_messaging", event(**{**CHAT, "event_name": "CompleteRegistration"})),
        refused("value_missing", purchase(None)),
        refused("value_negative", purchase(-1)),
        refused("currency_missing", purchase(1990, "")),
        refused("currency_missing", event(custom=CustomData(value=1))),
        refused("currency_case", purchase(1990, "brl")),
        refused("currency_unknown", purchase(1990, "BRZ")),
        refused("currency_unknown", purchase(1990, "XXX")),
        refused("currency_unknown", event(custom=CustomData(currency="REAL"))),
    ],
)
def test_each_reason_stands_alone(code: str, bad: Event) -> None:
    assert codes(bad) == [code]


def test_the_oldest_that_is_taken() -> None:
    assert codes(event(event_time=NOW - 7 * DAY_S)) == []
    assert codes(event(event_time=NOW - 62 * DAY_S, action_source=ActionSource.PHYSICAL_STORE)) == []
    assert codes(event(event_time=NOW + 60)) == [], "our clock is not Meta's"


def test_all_reasons_come_at_once_and_name_their_fields() -> None:
    bad = purchase(None, "", event_time=0, event_id="", user=User(phones=("27996005566",)))
    found = check(bad, NOW)
    assert not isinstance(found, Ready)
    assert [(reason.code, reason.field) for reason in found] == [
        ("phone_without_country", "ph"),
        ("id_missing", "event_id"),
        ("too_old", "event_time"),
        ("user_missing", "user_data"),
        ("value_missing", "custom_data.value"),
        ("currency_missing", "custom_data.currency"),
    ]
    assert all(reason.text and "27996005566" not in reason.text for reason in found)


def test_a_mistyped_mail_costs_no_conversion_while_a_phone_is_there() -> None:
    kept = ready(event(user=user(emails=("ana@",))))
    assert [reason.code for reason in kept.left_out] == ["email_invalid"]
    assert list(json.loads(kept.body)["user_data"]) == ["ph"]


def test_no_plain_data_of_a_person_is_in_the_body() -> None:
    who = user(emails=("ana@exemplo.com",), first_name="Ana", last_name="Souza", city="Vitória", birthday="19900102")
    body = ready(event(user=who)).body.decode().lower()
    for text in ("ana", PHONE, "souza", "vitória", "19900102"):
        assert f'"{text}' not in body


def test_what_is_not_known_is_not_written() -> None:
    body = json.loads(ready(event()).body)
    assert sorted(body) == ["action_source", "event_id", "event_name", "event_time", "user_data"]
    assert json.loads(ready(replace(event(), opt_out=True)).body)["opt_out"] is True


SOURCES = {
    "ctwa_purchase": Event(
        event_name="Purchase",
        event_time=1700000000,
        event_id="order-1:Purchase",
        action_source=ActionSource.BUSINESS_MESSAGING,
        messaging_channel=Channel.WHATSAPP,
        user=User(
            emails=("joe@eg.com",),
            phones=("12345678912",),
            click_id="CTWA_CLID",
            page_id="PAGE",
            business_account_id="WABA",
        ),
        custom=CustomData(value=10020, currency="BRL"),
    ),
    "lead_system_generated_brazil": Event(
        event_name="Lead",
        event_time=1700000000,
        event_id="lead-77:Lead",
        action_source=ActionSource.SYSTEM_GENERATED,
        user=User(
            emails=(" Joao.Silva@Exemplo.COM.BR ",),
            phones=("+55 (11) 98765-4321",),
            first_name="José",
            last_name="Souza-Lima",
            city="São Paulo",
            state="SP",
            zip_code="01310-100",
            country="BR",
            external_ids=("lead-77",),
            lead_id="123456789",
        ),
    ),
    "website_fbc_fbp": Event(
        event_name="Purchase",
        event_time=1700000000,
        event_id="e-1",
        action_source=ActionSource.WEBSITE,
        event_source_url="https://www.example.com/product/123",
        user=User(
            emails=("joe@eg.com",),
            ip="192.0.2.10",
            user_agent="test ua",
            fbc="fb.1.1554763741205.AbCdEf",
            fbp="fb.1.1558571054389.1098115397",
        ),
        custom=CustomData(value=0, currency="USD"),
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_whole_events_are_as_the_vendors_code_makes_them(name: str) -> None:
    """But for a currency's case (the vendor's goes down), `opt_out: false`, which says nothing, and the account's id,
    which its SDK does not know."""
    (vector,) = [each for each in corpus("vec_event_normalize_vendor_code")["vectors"] if each["name"] == name]
    ours = json.loads(ready(SOURCES[name], 1700000060).body)
    ours["user_data"].pop("whatsapp_business_account_id", None)
    theirs = {field: value for field, value in vector["expected_event"].items() if field != "opt_out"}
    if "custom_data" in theirs:
        theirs["custom_data"] = {**theirs["custom_data"], "currency": theirs["custom_data"]["currency"].upper()}
    assert ours == theirs


def test_a_purchase_behind_an_ad_is_as_meta_documents_it() -> None:
    (documented,) = corpus("req_business_messaging_purchase")["data"]
    one = purchase(
        12300,
        event_time=documented["event_time"],
        action_source=ActionSource.BUSINESS_MESSAGING,
        messaging_channel=Channel.WHATSAPP,
        user=User(click_id="CTWA_CLID", business_account_id="WHATSAPP_BUSINESS_ACCOUNT_ID"),
    )
    assert json.loads(ready(one, documented["event_time"]).body) == {**documented, "event_id": "e-1"}


def test_the_limits_are_the_recorded_ones() -> None:
    from gateways.meta.client import MOST
    from gateways.meta.rules import OLDEST_IN_STORE_S, OLDEST_S

    limits = corpus("vec_limits")
    assert limits["max_events_per_request"] == MOST
    assert limits["max_event_age_days"] * DAY_S == OLDEST_S
    assert limits["max_event_age_days_physical_store"] * DAY_S == OLDEST_IN_STORE_S
