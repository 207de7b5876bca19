"""What a company may be called."""

from __future__ import annotations

import re
from typing import Final

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]")
"""2–40 of a–z, 0–9 and inner dashes: it stands in URLs and in the names of logins."""

TIMEZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
"""The shape of an IANA name. Which ones exist is a table on disk: the edge looks there."""

LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The shape of a BCP 47 tag."""

MAX_NAME: Final = 200
"""Characters of a name or label that people read."""


def company_fault(slug: str, name: str, timezone: str, locale: str) -> str | None:
    """The first thing that is wrong, as a refusal's code."""
    if not SLUG.fullmatch(slug):
        return "invalid_slug"
    if not name.strip() or len(name) > MAX_NAME:
        return "invalid_name"
    if not TIMEZONE.fullmatch(timezone):
        return "invalid_timezone"
    return None if LOCALE.fullmatch(locale) else "invalid_locale"
