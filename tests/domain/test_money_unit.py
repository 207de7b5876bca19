"""Currencies and their smallest units."""

from __future__ import annotations

import iso4217

from domain.kernel.money import MAX_AMOUNT, MINOR_DIGITS


def test_every_currency_is_three_capital_letters_with_a_smallest_unit() -> None:
    assert len(MINOR_DIGITS) == 165
    for code, digits in MINOR_DIGITS.items():
        assert len(code) == 3
        assert code.isascii()
        assert code.isupper()
        assert digits in {0, 2, 3, 4}
    some = {"BRL": 2, "USD": 2, "EUR": 2, "JPY": 0, "CLP": 0, "KWD": 3, "ISK": 0, "UYU": 2, "PYG": 0, "TND": 3}
    assert some.items() <= MINOR_DIGITS.items()
    assert not {"XXX", "XTS", "XAU", "DEM", "HRK", "BGN", "ZWL", "ANG"} & MINOR_DIGITS.keys()


def test_thousands_of_the_greatest_amounts_add_up_exactly_in_every_reader() -> None:
    assert 9000 * MAX_AMOUNT < 2**53


def test_the_table_is_the_standards() -> None:
    """domain/ imports no package: here one that follows the standard is held against it."""
    assert {each.code: each.exponent for each in iso4217.Currency if each.exponent is not None} == MINOR_DIGITS
