from __future__ import annotations

from typing import Any, cast, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.errors import InvalidInput
from gateways.typst.problems import Problem, ValuesInvalid
from gateways.typst.template import Kind
from gateways.typst.values import LANGUAGES, LONGEST_TEXT, filled, locale_of, texts_of
from tests.gateways.typst.trees import paragraph, template

BRL = {"minor": 123456, "currency": "BRL"}


def one(kind: str, value: Any, locale: str = "pt-BR") -> str | tuple[str, ...]:
    """The text, or the codes of what is wrong."""
    found = filled(template(paragraph({"variable": "v"}), v=kind), {"v": value}, locale_of(locale))
    return tuple(problem.code for problem in found.problems) or found.texts["v"].replace("\xa0", " ")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("text", "  Rosa\t de\r\nLima ", "Rosa  de\nLima"),
        ("text", "Jose\u0301", "José"),
        ("text", "#import [*b*] {{v}}", "#import [*b*] {{v}}"),
        ("number", 1234567, "1.234.567"),
        ("number", "-1234.5000000001", "-1.234,5000000001"),
        ("money", BRL, "R$ 1.234,56"),
        ("money", {"minor": 5, "currency": "USD"}, "US$ 0,05"),
        ("money", {"minor": 1500, "currency": "JPY"}, "JP¥ 1.500"),
        ("date", "2026-03-15", "15 de março de 2026"),
        ("cpf", "52998224725", "529.982.247-25"),
        ("cpf", "529.982.247-25", "529.982.247-25"),
        ("cnpj", "11222333000181", "11.222.333/0001-81"),
        ("cnpj", "12.ABC.345/01DE-35", "12.ABC.345/01DE-35"),
        ("cnpj", "12.abc.345/01de-35", "12.ABC.345/01DE-35"),
        ("phone", "+5527996001122", "+55 27 99600-1122"),
        ("email", "Ana@Example.com", "Ana@example.com"),
    ],
)
def test_each_kind_has_its_form(kind: str, value: Any, shown: str) -> None:
    assert one(kind, value) == shown


@pytest.mark.parametrize(
    ("locale", "money", "number", "day"),
    [
        ("pt-BR", "R$ 1.234,56", "1.234,5", "15 de março de 2026"),
        ("pt", "R$ 1.234,56", "1.234,5", "15 de março de 2026"),
        ("en", "R$1,234.56", "1,234.5", "March 15, 2026"),
        ("en-GB", "R$1,234.56", "1,234.5", "15 March 2026"),
        ("es", "1.234,56 BRL", "1.234,5", "15 de marzo de 2026"),
        ("es-MX", "BRL1,234.56", "1,234.5", "15 de marzo de 2026"),
    ],
)
def test_languages_and_regions_have_theirs(locale: str, money: str, number: str, day: str) -> None:
    assert one("money", BRL, locale) == money
    assert one("number", "1234.5", locale) == number
    assert one("date", "2026-03-15", locale) == day


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", 1, "wrong_type"),
        ("text", "a" * (LONGEST_TEXT + 1), "too_long"),
        ("text", "漢字", "character_unsupported"),
        ("text", "a\x00b", "character_unsupported"),
        ("text", "a\u202eb", "character_unsupported"),
        ("text", "a\u200bb", "character_unsupported"),
        ("text", "a\ud800", "character_unsupported"),
        ("text", "😀", "character_unsupported"),
        ("number", 0.1, "wrong_type"),
        ("number", True, "wrong_type"),
        ("number", "1,5", "number_invalid"),
        ("number", "1e9", "number_invalid"),
        ("number", "١", "number_invalid"),
        ("number", 10**400, "number_invalid"),
        ("money", 10, "wrong_type"),
        ("money", {"minor": 1.5, "currency": "BRL"}, "wrong_type"),
        ("money", {"minor": True, "currency": "BRL"}, "wrong_type"),
        ("money", {"minor": 1, "currency": "BRL", "x": 1}, "wrong_type"),
        ("money", {"minor": 1, "currency": "REAIS"}, "currency_unknown"),
        ("money", {"minor": 1, "currency": "brl"}, "currency_unknown"),
        ("money", {"minor": 10**16, "currency": "BRL"}, "out_of_range"),
        ("money", {"minor": -1, "currency": "BRL"}, "out_of_range"),
        ("date", "15/03/2026", "date_invalid"),
        ("date", "2026-02-29", "date_invalid"),
        ("date", "20260315", "date_invalid"),
        ("date", "2026-W11-7", "date_invalid"),
        ("date", "2026-03-15T00:00:00Z", "date_invalid"),
        ("cpf", "529.982.247-24", "cpf_invalid"),
        ("cpf", "11111111111", "cpf_invalid"),
        ("cpf", "5299822472", "cpf_invalid"),
        ("cpf", 52998224725, "wrong_type"),
        ("cnpj", "11222333000180", "cnpj_invalid"),
        ("cnpj", "00000000000000", "cnpj_invalid"),
        ("cnpj", "12.ABC.345/01DE-AA", "cnpj_invalid"),
        ("cnpj", "١١٢٢٢٣٣٣٠٠٠١٨١", "cnpj_invalid"),
        ("phone", "27996001122", "phone_invalid"),
        ("phone", "+55", "phone_invalid"),
        ("phone", "+5527", "phone_invalid"),
        ("email", "ana@", "email_invalid"),
        ("email", "漢@example.com", "character_unsupported"),
    ],
)
def test_what_is_wrong_has_its_code(kind: str, value: Any, code: str) -> None:
    assert one(kind, value) == (code,)


def test_everything_that_is_missing_or_wrong_is_told_at_once() -> None:
    made = template(paragraph(*({"variable": name} for name in "abcd")), a="text", b="cpf", c="money", d="date")
    values = {"a": " ", "b": "1", "c": None, "d": "2026-03-15", "e": "x"}
    with pytest.raises(ValuesInvalid) as raised:
        texts_of(made, values, locale_of("pt-BR"))
    assert raised.value.problems == (
        Problem("missing", "a"),
        Problem("cpf_invalid", "b"),
        Problem("missing", "c"),
        Problem("unknown_variable", "e"),
    )
    assert str(raised.value) == "values_invalid: a: missing, b: cpf_invalid, c: missing, e: unknown_variable"


@pytest.mark.parametrize("tag", ["", "de", "xx", "pt_BR", "../etc", "pt-BR-x-y-z", "english", "zh-Hans"])
def test_languages_that_are_not_ours_are_refused(tag: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        locale_of(tag)
    assert raised.value.code == "locale_unknown"


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.decimals().map(str),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["minor", "currency"]), inner),
    max_leaves=4,
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(get_args(Kind)), ANY, st.sampled_from(sorted(LANGUAGES)))
def test_any_value_is_shown_or_refused(kind: str, value: Any, locale: str) -> None:
    assert isinstance(one(kind, value, locale), str | tuple)


DIGITS = st.text("0123456789", min_size=9, max_size=9)


@settings(max_examples=200, deadline=None)
@given(DIGITS, st.integers(0, 99))
def test_one_pair_of_check_digits_in_a_hundred_is_right(stem: str, tried: int) -> None:
    right = [check for check in range(100) if isinstance(one_cpf := one("cpf", f"{stem}{check:02}"), str) and one_cpf]
    same = len(set(stem)) == 1
    assert len(right) <= 1 if same else len(right) == 1
    assert (one("cpf", f"{stem}{tried:02}") == ("cpf_invalid",)) is (tried not in right)


def test_the_kinds_are_eight() -> None:
    assert len(cast("tuple[str, ...]", get_args(Kind))) == 8
