"""What makes an event invalid. The first one found refuses the whole request, and nobody is told which it was.

Subcodes 2804003 (time), 2804050 (person) and 2804066 (name in a chat) are Meta's; everything else is 2804019 here,
which Meta uses for parameters in general. Stricter than the live API in one thing: a website's user agent is required,
as documented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Set
from typing import Any, Final

import iso4217

from simulators.meta.problems import Problem, invalid

DAY_S: Final = 86_400
MOST: Final = 1000
SOURCES: Final = frozenset(
    "email website app phone_call chat physical_store system_generated business_messaging other".split()
)
MESSAGING_NAMES: Final = frozenset({"LeadSubmitted", "Purchase"})
HASHED: Final = ("em", "ph", "fn", "ln", "ct", "st", "zp", "country", "db", "ge")
HASH: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}")
BROAD: Final = (
    {"ct", "country", "st", "zp", "ge", "client_user_agent"},
    {"db", "client_user_agent"},
    {"fn", "ge"},
    {"ln", "ge"},
)
CURRENCIES: Final = frozenset(str(currency.code) for currency in iso4217.Currency)

Found = tuple[int, str] | None
"""Subcode and words of what is wrong."""

_NOBODY: Final = 2804050, "Denne hændelse har ingen eller for brede kundeoplysningsparametre"


def events(data: object, now: float, strangers: Set[str] = frozenset()) -> list[dict[str, Any]]:
    """The events of a request's `data`, each an object or the JSON of one. Raises Problem. strangers: see `Meta`."""
    rows = data if isinstance(data, list) else []
    if not rows or len(rows) > MOST:
        raise Problem(400, 100, f"(#100) Param data must be an array of 1 to {MOST} elements")
    found = [_object(row) for row in rows]
    for event in found:
        for rule in RULES:
            wrong = rule(event, now)
            if wrong is not None:
                raise invalid(*wrong)
        if not strangers.isdisjoint(event["user_data"].get("external_id", ())):
            raise invalid(*_NOBODY)
    return found


def _object(row: object) -> dict[str, Any]:
    if isinstance(row, str):
        try:
            row = json.loads(row)
        except ValueError:
            row = None
    if not isinstance(row, dict):
        raise Problem(400, 100, "(#100) Param data must hold objects")
    return row


def _time(event: dict[str, Any], now: float) -> Found:
    at = event.get("event_time")
    if not isinstance(at, int) or isinstance(at, bool):
        return _missing("event_time")
    days = 62 if event.get("action_source") == "physical_store" else 7
    if at < now - days * DAY_S:
        return 2804003, "Tidsstemplet for denne hændelse ligger for langt tilbage"
    return _missing("event_time") if at > now + DAY_S else None


def _head(event: dict[str, Any], _now: float) -> Found:
    if not _text(event.get("event_name")):
        return _missing("event_name")
    return None if event.get("action_source") in SOURCES else _missing("action_source")


def _person(event: dict[str, Any], _now: float) -> Found:
    user = event.get("user_data")
    if not isinstance(user, dict):
        return _missing("user_data")
    if not user or any(user.keys() <= broad for broad in BROAD):
        return _NOBODY
    for name in HASHED:
        values = user.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str) or not HASH.fullmatch(value):
                return _missing(f"user_data.{name}")
    return None


def _website(event: dict[str, Any], _now: float) -> Found:
    if event["action_source"] != "website":
        return None
    if not str(event.get("event_source_url") or "").startswith(("http://", "https://")):
        return _missing("event_source_url")
    return None if event["user_data"].get("client_user_agent") else _missing("user_data.client_user_agent")


def _messaging(event: dict[str, Any], _now: float) -> Found:
    if event["action_source"] != "business_messaging":
        return None
    needed = {"whatsapp": ("ctwa_clid", "whatsapp_business_account_id"), "messenger": ("page_id",), "instagram": ()}
    names = needed.get(str(event.get("messaging_channel")))
    if names is None:
        return _missing("messaging_channel")
    if event["event_name"] not in MESSAGING_NAMES:
        return 2804066, "Hændelsestypen er ugyldig for beskeder"
    return next((_missing(f"user_data.{name}") for name in names if not event["user_data"].get(name)), None)


def _money(event: dict[str, Any], _now: float) -> Found:
    custom = event.get("custom_data") or {}
    value, currency = custom.get("value"), custom.get("currency")
    if event["event_name"] == "Purchase" and (value is None or currency is None):
        return _missing("custom_data.value og custom_data.currency")
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0):
        return _missing("custom_data.value")
    return None if currency is None or str(currency).upper() in CURRENCIES else _missing("custom_data.currency")


RULES: Final[tuple[Callable[[dict[str, Any], float], Found], ...]] = (
    _head,
    _time,
    _person,
    _website,
    _messaging,
    _money,
)


def _missing(name: str) -> tuple[int, str]:
    return 2804019, f"Parameteren {name} mangler eller er ugyldig"


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
