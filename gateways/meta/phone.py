"""A phone number as Meta matches it: digits that begin with the country code.

Meta's SDK takes one without a country code and hashes it, and nobody is ever found by that hash (providers.md 6).
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

from gateways.evolution.identity import phone_forms
from gateways.meta.reason import BadField

PUNCTUATION: Final = re.compile(r"[\s\-().]")
DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)


def phone(text: str, country: str | None = None) -> str:
    """Digits without `+`, `00` and punctuation. country: the person's (ISO 3166), where it is known.

    With `+` or `00` before it the number has to be as long as its country's are. Without, it has to be one that exists:
    eleven digits of Porto Alegre are also a mobile of Peru, so then `country` decides. Raises BadField `phone_invalid`,
    `phone_without_country`.
    """
    plain = PUNCTUATION.sub("", text)
    international = plain.startswith(("+", "00"))
    digits = plain.removeprefix("+").removeprefix("00")
    if not DIGITS.fullmatch(digits):
        raise BadField("phone_invalid", "ph", "not a phone number")
    if digits.startswith("0"):  # the trunk prefix of a number as it is dialled at home
        raise _without_country()
    if international:
        if not any(_possible(form) for form in phone_forms(digits)):
            raise BadField("phone_invalid", "ph", "no number of this length in the country of its code")
    elif not any(_exists(form) for form in phone_forms(digits)) or (country and _of_home(digits, country)):
        raise _without_country()
    return digits


def _without_country() -> BadField:
    return BadField("phone_without_country", "ph", "it has to begin with its country code, as in 5511987654321")


def _possible(form: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(form))
    except NumberParseException:
        return False


def _exists(form: str, country: str | None = None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(form, country))
    except NumberParseException:
        return False


def _of_home(digits: str, country: str) -> bool:
    """It lacks the code of the person's country and is a number there without it."""
    code = phonenumbers.country_code_for_region(country.upper())
    return not digits.startswith(str(code)) and _exists(digits, country.upper())
