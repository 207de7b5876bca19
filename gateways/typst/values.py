"""What stands in a variable's place: each kind's check and its form on paper, in the contract's language.

    text    a string                        as it is, without white space around
    number  an integer or decimal digits    1.234,5
    money   {"minor": 123456, "currency": "BRL"}  R$ 1.234,56
    date    "2026-03-15"                    15 de março de 2026
    cpf     eleven digits, with or without points  123.456.789-09
    cnpj    fourteen, since July 2026 also letters  12.ABC.345/01DE-35
    phone   "+5527996001122"                +55 27 99600-1122
    email   an address                      as it is

Numbers with a binary point (JSON's 0.1) are refused: what they are in decimals is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import phonenumbers
from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision, is_currency
from email_validator import EmailNotValidError, validate_email
from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError

from domain.kernel.errors import InvalidInput
from gateways.typst.characters import composed, supported
from gateways.typst.problems import Problem, ValuesInvalid
from gateways.typst.template import Kind, Template

LONGEST_TEXT: Final = 5_000
"""Characters of one value: a page and a half."""

LARGEST_MINOR: Final = 10**15
"""Minor units: ten million millions of reais."""

LANGUAGES: Final = frozenset({"pt", "en", "es"})
"""Those of Legion; a region (es-MX) chooses separators and order of dates."""

_NUMBER: Final = re.compile(r"-?\d{1,20}(\.\d{1,10})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_E164: Final = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)


class _Wrong(Exception):
    """Its text is the problem's code."""


@dataclass(frozen=True, slots=True)
class Filled:
    """texts: what stands for each variable, those with a problem left out."""

    texts: Mapping[str, str]
    problems: tuple[Problem, ...]


def locale_of(tag: str) -> Locale:
    """tag: BCP 47 (pt-BR, en, es-MX). Raises InvalidInput `locale_unknown`."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise InvalidInput("locale_unknown", "a language and a region") from error
    if locale.language not in LANGUAGES:
        raise InvalidInput("locale_unknown", ", ".join(sorted(LANGUAGES)))
    return locale


def filled(template: Template, values: Mapping[str, Any], locale: Locale) -> Filled:
    """All texts and all problems. `values`: JSON, by variable's name; null and empty text are missing.

    Codes: missing, unknown_variable, wrong_type, too_long, character_unsupported, number_invalid, out_of_range,
    currency_unknown, date_invalid, cpf_invalid, cnpj_invalid, phone_invalid, email_invalid.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for variable in template.variables:
        value = values.get(variable.name)
        if value is None or (isinstance(value, str) and not value.strip()):
            texts[variable.name] = ""
            if variable.required:
                problems.append(Problem("missing", variable.name))
            continue
        try:
            texts[variable.name] = shown(variable.kind, value, locale)
        except _Wrong as wrong:
            problems.append(Problem(str(wrong), variable.name))
    declared = {variable.name for variable in template.variables}
    problems.extend(Problem("unknown_variable", str(name)) for name in values if name not in declared)
    return Filled(texts, tuple(problems))


def texts_of(template: Template, values: Mapping[str, Any], locale: Locale) -> Mapping[str, str]:
    """Raises ValuesInvalid with all that is wrong."""
    found = filled(template, values, locale)
    if found.problems:
        raise ValuesInvalid(found.problems)
    return found.texts


def shown(kind: Kind, value: object, locale: Locale) -> str:
    text = composed(_KINDS[kind](value, locale)).strip()
    if not supported(text):
        raise _Wrong("character_unsupported")
    return text


def fault_of(kind: Kind, value: object, locale: Locale) -> str | None:
    """What is wrong with one value, as a code of `filled`; None: nothing."""
    try:
        shown(kind, value, locale)
    except _Wrong as wrong:
        return str(wrong)
    return None


def _text(value: object, locale: Locale) -> str:
    del locale
    text = _string(value)
    if len(text) > LONGEST_TEXT:
        raise _Wrong("too_long")
    return text


def _number(value: object, locale: Locale) -> str:
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise _Wrong("wrong_type")
    if isinstance(value, int) and abs(value) >= 10**20:
        raise _Wrong("number_invalid")
    if not _NUMBER.fullmatch(str(value)):
        raise _Wrong("number_invalid")
    return format_decimal(Decimal(str(value)), locale=locale, decimal_quantization=False)


def _money(value: object, locale: Locale) -> str:
    if not isinstance(value, Mapping) or set(value) != {"minor", "currency"}:
        raise _Wrong("wrong_type")
    minor, currency = value["minor"], value["currency"]
    if not isinstance(minor, int) or isinstance(minor, bool) or not isinstance(currency, str):
        raise _Wrong("wrong_type")
    if not is_currency(currency):
        raise _Wrong("currency_unknown")
    if not 0 <= minor <= LARGEST_MINOR:
        raise _Wrong("out_of_range")
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=locale)


def _date(value: object, locale: Locale) -> str:
    text = _string(value)
    if not _DATE.fullmatch(text):
        raise _Wrong("date_invalid")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _Wrong("date_invalid") from error
    return format_date(day, format="long", locale=locale)


def _cpf(value: object, locale: Locale) -> str:
    del locale
    text = _string(value)
    try:
        digits = cpf.validate(text)
    except ValidationError as error:
        raise _Wrong("cpf_invalid") from error
    # 111.111.111-11 has right check digits and was never given to anybody.
    if len(set(digits)) == 1 or not digits.isascii():
        raise _Wrong("cpf_invalid")
    return cpf.format(digits)


def _cnpj(value: object, locale: Locale) -> str:
    del locale
    text = _string(value)
    try:
        digits = cnpj.validate(text)
    except (ValidationError, ValueError) as error:
        raise _Wrong("cnpj_invalid") from error
    if len(set(digits)) == 1 or not digits.isascii():
        raise _Wrong("cnpj_invalid")
    return cnpj.format(digits)


def _phone(value: object, locale: Locale) -> str:
    del locale
    text = _string(value)
    if not _E164.fullmatch(text):
        raise _Wrong("phone_invalid")
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise _Wrong("phone_invalid") from error
    if not phonenumbers.is_possible_number(number):
        raise _Wrong("phone_invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _email(value: object, locale: Locale) -> str:
    del locale
    try:
        return validate_email(_string(value).strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise _Wrong("email_invalid") from error


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("wrong_type")
    return value


_KINDS: Final[Mapping[Kind, Callable[[object, Locale], str]]] = {
    "text": _text,
    "number": _number,
    "money": _money,
    "date": _date,
    "cpf": _cpf,
    "cnpj": _cnpj,
    "phone": _phone,
    "email": _email,
}
