"""Which action source an event gets, and what would find its person better."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.meta.event import ActionSource, Channel
from gateways.meta.quality import WEIGHTS, Weight, quality
from gateways.meta.source import choose
from gateways.meta.user import User, user_data
from tests.gateways.meta.events import codes, event, user

CLICK: dict[str, Any] = {"click_id": "ARAk", "business_account_id": "8"}
BROWSER: dict[str, Any] = {"user_agent": "Mozilla/5.0", "fbp": "fb.1.1.2"}
PAGE = "https://loja.example/obrigado"


@pytest.mark.parametrize(
    ("name", "cloud", "page", "who", "expected"),
    [
        ("LeadSubmitted", True, "", CLICK, ("business_messaging", "")),
        ("Purchase", True, PAGE, {**CLICK, **BROWSER}, ("business_messaging", "")),
        ("Lead", True, "", CLICK, ("system_generated", "name_not_for_messaging")),
        ("Lead", True, PAGE, {**CLICK, **BROWSER}, ("website", "name_not_for_messaging")),
        ("LeadSubmitted", False, "", CLICK, ("system_generated", "no_account")),  # a number behind Evolution
        ("LeadSubmitted", True, "", {"click_id": "ARAk"}, ("system_generated", "no_account")),
        ("LeadSubmitted", True, PAGE, BROWSER, ("website", "no_click")),
        ("LeadSubmitted", True, PAGE, {**BROWSER, "fbp": "", "fbc": "fb.1.1.x"}, ("website", "no_click")),
        ("LeadSubmitted", True, PAGE, {"user_agent": "Mozilla/5.0"}, ("system_generated", "no_click")),
        ("LeadSubmitted", True, PAGE, {"fbp": "fb.1.1.2"}, ("system_generated", "no_click")),
        ("LeadSubmitted", True, "", BROWSER, ("system_generated", "no_click")),
    ],
)
def test_the_best_source_that_meta_will_take(
    name: str, cloud: bool, page: str, who: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = choose(name, User(**who), cloud=cloud, page=page)
    assert (found.action_source.value, found.why_not_messaging) == expected
    assert (found.messaging_channel is Channel.WHATSAPP) is (expected[0] == "business_messaging")
    chosen = event(
        event_name="LeadSubmitted" if name == "Purchase" else name,
        action_source=found.action_source,
        messaging_channel=found.messaging_channel,
        event_source_url=page,
        user=user(**who),
    )
    assert codes(chosen) == [], "what is chosen passes the gate"


def test_an_evolution_number_never_claims_a_chat() -> None:
    for name in ("LeadSubmitted", "Purchase", "Lead"):
        assert choose(name, User(**CLICK), cloud=False).action_source is ActionSource.SYSTEM_GENERATED


def test_what_is_there_and_what_would_help_most() -> None:
    who = User(emails=("ana@exemplo.com",), first_name="Ana", country="BR", zip_code="29050-335", click_id="ARAk")
    found = quality(who, user_data(who)[0])
    assert found.present == ("em", "ctwa_clid", "fn", "zp", "country")
    assert found.missing[:3] == ("ph", "external_id", "ln")
    assert [hint.code for hint in found.hints] == ["zip_cut", "click_without_account"]
    assert found.best is Weight.HIGH


def test_nobody_has_no_best_and_a_city_is_a_weak_one() -> None:
    assert quality(User(), {}).best is None
    who = User(city="Vitória")
    assert quality(who, user_data(who)[0]).best is Weight.LOW
    assert quality(User(zip_code="94035-1234", country="us"), {}).hints == ()
    assert [hint.code for hint in quality(User(phones=("552796005566",)), {}).hints] == ["phone_old_form"]
    for other in ("5527996005566", "551134567890", "+5491123456789", "12062072008"):
        assert quality(User(phones=(other,)), {}).hints == ()
    assert {"page_id", "whatsapp_business_account_id"}.isdisjoint(WEIGHTS), "they are ours, not the person's"
