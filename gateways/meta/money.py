"""Money on the wire: a JSON number in the currency's unit, exact, made from whole smallest units (cents).

A float would not do: 0.1 + 0.2 is famous, and a yen has no cents to divide by. So the number is written as its digits.
"""

from __future__ import annotations

from domain.kernel.money import MINOR_DIGITS


def exponent(currency: str) -> int | None:
    """None for what is no currency of ISO 4217, also for `brl`: codes are upper case."""
    return MINOR_DIGITS.get(currency)


def written(minor: int, places: int) -> bytes:
    """`12345` with 2 places is `123.45`, with 0 `12345`, with 3 `12.345`."""
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(places + 1, "0")
    number = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{sign}{number}".encode()
