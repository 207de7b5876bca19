"""What is hashed and how: Meta's vectors where they are, our own always, and laws for whatever else comes."""

from __future__ import annotations

import re
from hashlib import md5, sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.meta.hashing import HASH, hashed, normalised, plain
from gateways.meta.phone import phone
from gateways.meta.reason import BadField
from gateways.meta.user import RULES, User, user_data
from tests.gateways.meta.corpus import corpus

STRICTER = {
    ("ph", "(11) 98765-4321"): "phone_without_country",
    ("ph", "011 98765-4321"): "phone_without_country",
    ("ph", "000 11 98765"): "phone_without_country",
    ("db", "1990-01-02"): "birthday_invalid",
}
"""Vectors of the vendor's SDK that hash what can match nobody (providers.md 6: to be checked by ourselves)."""


def vectors() -> list[dict[str, Any]]:
    both = [*corpus("vec_normalize_vendor_tests")["vectors"], *corpus("vec_normalize_vendor_code_brazil")["vectors"]]
    return [vector for vector in both if vector["field"] in RULES]


def test_every_vector_byte_for_byte() -> None:
    seen = set()
    for vector in vectors():
        rule, text = RULES[vector["field"]], vector["input"]
        stricter = STRICTER.get((vector["field"], text))
        if "error" in vector or stricter:
            with pytest.raises(BadField) as raised:
                hashed(text, rule)
            assert stricter in {None, raised.value.code}
            seen.add((vector["field"], text))
        else:
            assert normalised(text, rule) == vector["normalized"], vector
            assert hashed(text, rule) == vector["sha256"], vector
    assert seen >= STRICTER.keys(), "an exception that is none"


def test_several_values_of_one_person_are_told_once_each() -> None:
    vector = corpus("vec_user_data_multi")
    given, expected = vector["input"], vector["expected"]
    who = User(
        emails=tuple(given["emails"]),
        phones=tuple(given["phones"]),
        external_ids=tuple(given["external_ids"]),
        lead_id=given["lead_id"],
    )
    sent, wrong = user_data(who)
    assert not wrong
    assert sent == {name: expected[name] for name in ("em", "ph", "external_id", "lead_id")}


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("em", "  Ana.Souza@Exemplo.COM ", "ana.souza@exemplo.com"),
        ("em", "joão@exemplo.com", "joão@exemplo.com"),
        ("ph", "+55 (27) 99600-5566", "5527996005566"),
        ("ph", "0055.27.99600.5566", "5527996005566"),
        ("ph", "552796005566", "552796005566"),  # as WhatsApp keeps it: without the ninth digit
        ("ph", "5491123456789", "5491123456789"),
        ("ph", "+5215512345678", "5215512345678"),
        ("fn", " Ana Lúcia ", "ana lúcia"),
        ("ln", "D'Ávila", "d'ávila"),
        ("ct", "São José dos Campos", "sãojosédoscampos"),
        ("st", " ES ", "es"),
        ("zp", "29050-335", "29050"),
        ("zp", "29050335", "29050335"),
        ("country", "BR", "br"),
        ("db", "19900102", "19900102"),
        ("ge", "F", "f"),
    ],
)
def test_our_own_vectors(field: str, text: str, expected: str) -> None:
    assert normalised(text, RULES[field]) == expected
    assert hashed(text, RULES[field]) == sha256(expected.encode()).hexdigest()


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("em", "ana@exemplo", "email_invalid"),
        ("ph", "27 99600-5566", "phone_without_country"),
        ("ph", "027996005566", "phone_without_country"),
        ("ph", "ramal 12", "phone_invalid"),
        ("ph", "+55 27", "phone_invalid"),
        ("ph", "+999 1234 5678", "phone_invalid"),
        ("ph", "+21987654321", "phone_invalid"),
        ("ph", "５５２７９９６００５５６６", "phone_invalid"),
        ("ct", "123", "nothing_left"),
        ("st", "--", "nothing_left"),
        ("zp", "-335", "nothing_left"),
        ("country", "Brasil", "country_invalid"),
        ("country", "zz", "country_invalid"),
        ("db", "19900231", "birthday_invalid"),
        ("db", "02/01/1990", "birthday_invalid"),
        ("ge", "feminino", "gender_invalid"),
    ],
)
def test_what_can_match_nobody_is_said_with_its_field(field: str, text: str, code: str) -> None:
    with pytest.raises(BadField) as raised:
        hashed(text, RULES[field])
    assert (raised.value.code, raised.value.reason.field) == (code, field)
    assert text not in str(raised.value), "what is logged holds nobody's data"


def test_eleven_digits_that_are_a_number_in_peru_are_none_of_somebody_in_brazil() -> None:
    assert phone("51987654321") == "51987654321"
    with pytest.raises(BadField):
        phone("51987654321", "br")
    assert phone("+51987654321", "br") == "51987654321"
    who = User(phones=("51987654321",), country="BR")
    assert [reason.code for reason in user_data(who)[1]] == ["phone_without_country"]


def test_what_is_a_hash_already_passes_in_lower_case() -> None:
    for digest in (sha256(b"x").hexdigest(), md5(b"x").hexdigest()):
        for field, rule in RULES.items():
            assert hashed(f" {digest.upper()} ", rule) == digest, field


def test_clicks_cookies_and_ids_are_never_hashed() -> None:
    who = User(
        external_ids=("lead-77",),
        fbc="fb.1.1554763741205.AbCdEf",
        fbp="fb.1.1558571054389.1098115397",
        ip="192.0.2.10",
        user_agent="Mozilla/5.0",
        lead_id="123456789",
        click_id="ARAk_x",
        page_id="7",
        business_account_id="8",
    )
    assert user_data(who)[0] == {
        "external_id": ["lead-77"],
        "fbc": "fb.1.1554763741205.AbCdEf",
        "fbp": "fb.1.1558571054389.1098115397",
        "client_ip_address": "192.0.2.10",
        "client_user_agent": "Mozilla/5.0",
        "lead_id": "123456789",
        "ctwa_clid": "ARAk_x",
        "page_id": "7",
        "whatsapp_business_account_id": "8",
    }


def test_a_wrong_value_is_left_out_and_told_the_others_are_sent() -> None:
    sent, wrong = user_data(User(emails=("ana", "ana@exemplo.com"), phones=("+5527996005566",), gender="?", city="  "))
    assert sorted(sent) == ["em", "ph"]
    assert len(sent["em"]) == 1
    assert [reason.code for reason in wrong] == ["email_invalid", "gender_invalid"]


def test_nothing_personal_shows_in_a_log() -> None:
    assert "ana" not in repr(User(emails=("ana@exemplo.com",), first_name="ana", ip="192.0.2.1"))


TEXTS = st.one_of(st.text(max_size=40), st.text("0123456789+() -.", max_size=20), st.emails(), st.sampled_from("mMfF"))


@given(st.sampled_from(sorted(RULES)), TEXTS)
def test_normalising_twice_changes_nothing_and_a_hash_is_one(field: str, text: str) -> None:
    rule = RULES[field]
    try:
        once = normalised(text, rule)
    except BadField:
        return
    if field != "ph" or not plain(text).startswith(("+", "00")):  # without its + a number has to prove itself
        assert normalised(once, rule) == once
    digest = hashed(text, rule)
    assert re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{32}", digest)
    assert hashed(digest, rule) == digest
    assert HASH.fullmatch(once) or digest == sha256(once.encode()).hexdigest()


@given(st.from_regex(r"(\+|00)55[1-9]{2}9[6-9][0-9]{7}", fullmatch=True))
def test_however_it_is_written_it_is_one_phone(text: str) -> None:
    digits = text.removeprefix("+").removeprefix("00")
    written = f"+{digits[:2]} ({digits[2:4]}) {digits[4:9]}-{digits[9:]}"
    assert phone(text) == phone(written) == digits
