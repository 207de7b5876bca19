from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from gateways.evolution.identity import canonical_phone, create_jid, phone_forms

VECTORS = Path(__file__).parents[3].parent / "shared/corpus/evolution/vec_createjid.json"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("+5527996001122", "+5527996001122"),
        ("+552796001122", "+5527996001122"),
        ("55 (27) 9600-1122", "+5527996001122"),
        ("+552733001122", "+552733001122"),
        ("+5585932345678", "+5585932345678"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
        ("+14155550123", "+14155550123"),
        ("+351912345678", "+351912345678"),
    ],
)
def test_one_person_has_one_canonical_number(written: str, canonical: str) -> None:
    assert canonical_phone(written) == canonical
    assert canonical_phone(canonical) == canonical, "canonical is a fixed point"


@pytest.mark.parametrize(
    "number", ["+5527996001122", "+552733001122", "+525512345678", "+541123456789", "+14155550123"]
)
def test_every_form_leads_back_to_the_canonical_one(number: str) -> None:
    forms = phone_forms(number)
    assert forms[0] == canonical_phone(number)
    assert {canonical_phone(form) for form in forms} == {forms[0]}


def test_a_landline_is_not_taken_for_an_old_mobile() -> None:
    assert canonical_phone("+558532345678") != canonical_phone("+5585932345678")


@pytest.mark.parametrize(
    ("number", "jid"),
    [
        ("5527996001122", "5527996001122@s.whatsapp.net"),
        ("5541997001122", "554197001122@s.whatsapp.net"),
        ("5541961234567", "5541961234567@s.whatsapp.net"),
        ("+55 (41) 99700-1122", "554197001122@s.whatsapp.net"),
        ("5541997001122:7@s.whatsapp.net", "5541997001122@s.whatsapp.net"),
        ("5541997001122@c.us", "554197001122@s.whatsapp.net"),
        ("120363019998887776", "120363019998887776@g.us"),
        ("5527930004455-1680000000", "5527930004455-1680000000@g.us"),
        ("70012345678901:2@lid", "70012345678901@lid"),
        ("status@broadcast", "status@broadcast"),
        ("1203630199988@newsletter", "1203630199988@newsletter"),
    ],
)
def test_create_jid_guesses_as_evolution_does(number: str, jid: str) -> None:
    assert create_jid(number) == jid


def test_create_jid_agrees_with_every_vector() -> None:
    if not VECTORS.exists():
        pytest.skip("the shared corpus is not here")
    for vector in orjson.loads(VECTORS.read_bytes())["vectors"]:
        assert create_jid(vector["input"]) == vector["jid"], vector
