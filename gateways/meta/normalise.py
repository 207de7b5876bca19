"""The one form of each value under which Meta hashes it, byte for byte as its SDK does (providers.md 6).

Every function takes a text without outer blanks and in lower case, as `hashing.hashed` gives it, and raises BadField.
Stricter than the SDK where it hashes what cannot match: a gender other than m and f, a birthday not written YYYYMMDD,
and phones (phone.py).
"""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from typing import Final

from gateways.meta.reason import BadField

EMAIL: Final = re.compile(r".+@[^@\s]+\.[^@\s]+")
"""What the SDK takes: it lets accents and quoted blanks before the @ through."""

NOT_OF_A_PLACE: Final = re.compile(r"[0-9.\s\-()]")
NOT_A_LETTER: Final = re.compile(r"[^a-z]")
DAY: Final = re.compile(r"[0-9]{8}", re.ASCII)

COUNTRIES: Final = frozenset(
    line.split("\t", 1)[0].lower()
    for line in files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    if not line.startswith("#")
)
"""ISO 3166-1 alpha-2, of the time zone database."""


def email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise BadField("email_invalid", "em", "not an e-mail address")
    return text


def name(text: str) -> str:
    """First or last: nothing is taken out, neither accents nor `'` nor blanks within."""
    return text


def city(text: str) -> str:
    return _place("ct", text)


def state(text: str) -> str:
    """The code (sp) or the name (riograndedosul): Meta asks for codes in the United States only."""
    return _place("st", text)


def zip_code(text: str) -> str:
    """Up to the first hyphen. A CEP or CAP is to be given without one, else its last digits are lost."""
    return _left("zp", "".join(text.split()).split("-", 1)[0])


def country(text: str) -> str:
    letters = NOT_A_LETTER.sub("", text)
    if letters not in COUNTRIES:
        raise BadField("country_invalid", "country", "not an ISO 3166 code of two letters, as in br")
    return letters


def birthday(text: str) -> str:
    if not DAY.fullmatch(text):
        raise BadField("birthday_invalid", "db", "not written YYYYMMDD")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise BadField("birthday_invalid", "db", "no day of the calendar") from None
    return text


def gender(text: str) -> str:
    if text not in {"f", "m"}:
        raise BadField("gender_invalid", "ge", "m or f")
    return text


def _place(field: str, text: str) -> str:
    """Accents stay: sãopaulo."""
    return _left(field, NOT_OF_A_PLACE.sub("", text))


def _left(field: str, text: str) -> str:
    """The SDK would hash the empty text: one hash for everybody."""
    if not text:
        raise BadField("nothing_left", field, "nothing is left of it once normalised")
    return text
