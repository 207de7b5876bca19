"""Money on the wire is the number that was meant, to the last digit."""

from __future__ import annotations

import json
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import MINOR_DIGITS
from gateways.meta.event import CustomData, custom_data
from gateways.meta.money import exponent, written
from tests.gateways.meta.events import purchase, ready


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (12_345, "BRL", b"123.45"),
        (5, "BRL", b"0.05"),
        (0, "USD", b"0.00"),
        (1990, "JPY", b"1990"),
        (1990, "CLP", b"1990"),
        (12_345, "KWD", b"12.345"),
        (12_345, "CLF", b"1.2345"),
        (-105, "EUR", b"-1.05"),
    ],
)
def test_smallest_units_become_the_currencys(minor: int, currency: str, expected: bytes) -> None:
    assert written(minor, MINOR_DIGITS[currency]) == expected


@pytest.mark.parametrize("currency", ["brl", "Brl", "XXX", "XAU", "XTS", "ZZZ", "R$", ""])
def test_what_is_no_currency_of_a_deal(currency: str) -> None:
    assert exponent(currency) is None


@given(st.integers(min_value=0, max_value=2**63), st.sampled_from(sorted(MINOR_DIGITS)))
def test_the_number_on_the_wire_is_exact(minor: int, currency: str) -> None:
    body = orjson.dumps(custom_data(CustomData(value=minor, currency=currency)))
    read = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    assert read["value"].scaleb(MINOR_DIGITS[currency]) == minor
    assert read["currency"] == currency


def test_a_float_would_not_be_exact() -> None:
    """The control: the usual division by 100 loses money, and makes cents of yens."""
    minor = 90_071_992_547_409_93
    assert Decimal(repr(minor / 100)) * 100 != minor
    assert json.loads(ready(purchase(minor)).body, parse_float=Decimal)["custom_data"]["value"] * 100 == minor
    assert json.loads(ready(purchase(1990, "JPY")).body)["custom_data"]["value"] == 1990 != 1990 / 100
