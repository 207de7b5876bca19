"""Reading untrusted JSON values: each function takes anything and answers the asked type or None, never raising."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(\.\d{1,9})?", re.ASCII)
_LOW_WORD: Final = 0xFFFFFFFF

# Epochs by size: seconds stay below 1e11 until the year 5138, milliseconds above it since 1973.
_SECONDS_BELOW: Final = 10**11
_MILLISECONDS_BELOW: Final = 10**14
_MICROSECONDS_BELOW: Final = 10**17


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def elements(value: object) -> list[Any]:
    """A list as it is, an absent value as nothing, anything else as a list of one (data comes as array or object)."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def words(value: object) -> str | None:
    """A non-empty string; numbers in their digits (ids come as both)."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def first_words(*values: object) -> str | None:
    return next((found for value in values if (found := words(value)) is not None), None)


def truth(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() == "true")


def number(value: object) -> int | float | None:
    """A finite number from a number, its digits, or a protobuf Long `{low, high, unsigned}`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        text = value.strip()
        return float(text) if "." in text else int(text)
    if isinstance(value, dict):
        return _long(value)
    return None


def _long(value: dict[str, Any]) -> int | None:
    low, high = value.get("low"), value.get("high", 0)
    if not isinstance(low, int) or not isinstance(high, int) or isinstance(low, bool) or isinstance(high, bool):
        return None
    if value.get("unsigned"):
        high &= _LOW_WORD
    return (high << 32) | (low & _LOW_WORD)


def integer(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def moment(value: object) -> datetime | None:
    """UTC time from epoch seconds, milli-, micro- or nanoseconds (number, digits, Long) or ISO 8601; 0 is absent."""
    found = number(value)
    if found is None:
        return _iso(value) if isinstance(value, str) else None
    if found <= 0:
        return None
    try:
        if found < _SECONDS_BELOW:
            return _EPOCH + timedelta(seconds=found)
        if found < _MILLISECONDS_BELOW:
            return _EPOCH + timedelta(milliseconds=found)
        return _EPOCH + timedelta(microseconds=found if found < _MICROSECONDS_BELOW else found // 1000)
    except OverflowError:
        return None


def _iso(value: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value.strip())
        # A time without an offset is the provider's UTC: none of them writes local time in its bodies.
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def known(**facts: Any) -> dict[str, Any]:
    """The facts without the absent ones: None, empty text, empty list and empty mapping."""
    return {name: fact for name, fact in facts.items() if fact is not None and fact not in ("", [], {})}
