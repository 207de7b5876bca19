"""What a company may be called."""

from __future__ import annotations

import itertools
import re
from typing import Final

from domain.holding.settings import CompanySettings, OpenHours
from domain.kernel.money import MINOR_DIGITS

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]")
"""2–40 of a–z, 0–9 and inner dashes: it stands in URLs and in the names of logins."""

TIMEZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
"""The shape of an IANA name. Which ones exist is a table on disk: the edge looks there."""

LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The shape of a BCP 47 tag."""

MAX_NAME: Final = 200
"""Characters of a name or label that people read."""

COLOR: Final = re.compile(r"#[0-9a-f]{6}")
MIDNIGHT: Final = 24 * 60
"""Minutes."""

MAX_HOURS: Final = 50
"""Stretches in a week: seven days with a break for each meal, and room."""

MAX_ID: Final = 100
"""Characters of an id."""


def company_fault(slug: str, name: str, timezone: str, locale: str) -> str | None:
    """The first thing that is wrong, as a refusal's code."""
    if not SLUG.fullmatch(slug):
        return "invalid_slug"
    return name_fault(name) or settings_fault(CompanySettings(timezone=timezone, locale=locale))


def name_fault(name: str) -> str | None:
    return None if name.strip() and len(name) <= MAX_NAME else "invalid_name"


def settings_fault(settings: CompanySettings) -> str | None:
    """The first thing that is wrong, as a refusal's code."""
    right = {
        "invalid_timezone": TIMEZONE.fullmatch(settings.timezone),
        "invalid_locale": LOCALE.fullmatch(settings.locale),
        "unknown_currency": settings.currency in MINOR_DIGITS,
        "invalid_hours": _are_hours(settings.hours),
        "invalid_color": COLOR.fullmatch(settings.brand.color),
        "invalid_logo": len(settings.brand.logo) <= MAX_ID,
    }
    return next((code for code, holds in right.items() if not holds), None)


def _are_hours(hours: tuple[OpenHours, ...]) -> bool:
    """Within their days, sorted, never overlapping."""
    if len(hours) > MAX_HOURS:
        return False
    if not all(0 <= each.weekday < 7 and 0 <= each.opens < each.closes <= MIDNIGHT for each in hours):
        return False
    return all((one.weekday, one.closes) <= (two.weekday, two.opens) for one, two in itertools.pairwise(hours))
