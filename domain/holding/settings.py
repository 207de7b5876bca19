"""What a company sets for itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """One stretch of one weekday. weekday: 0 Monday … 6 Sunday. opens, closes: minutes after midnight, local time."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """color: `#rrggbb`. logo: id of an uploaded file; "" for none."""

    color: str = "#1f2937"
    logo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySettings:
    """timezone: IANA name. locale: BCP 47. currency: ISO 4217. hours: sorted, never overlapping; none: always open."""

    timezone: str
    locale: str
    currency: str = "BRL"
    hours: tuple[OpenHours, ...] = ()
    brand: Brand = Brand()
