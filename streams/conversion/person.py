"""Who it was, in Meta's terms: from what a lead is known by and what brought them here. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from domain.kernel.clock import to_us
from gateways.meta.user import User
from projections.read.known import Touch
from projections.read.leads import LeadAlias

COOKIE: Final = "fb"
"""How Meta's cookies `_fbc` and `_fbp` begin: `fb.1.<milliseconds>.<id>`."""

LINKS: Final = frozenset({"link", "form"})
"""Sources whose click is an `fbclid`; another system's may be anything."""


def user_of(lead: str, aliases: Iterable[LeadAlias], touches: Sequence[Touch]) -> User:
    """touches: the first one first; of each kind of click the last counts. What is erased is not there."""
    known = [(alias.scheme, alias.value) for alias in aliases if alias.value]
    clicks = _clicks(touches)
    return User(
        emails=tuple(value for scheme, value in known if scheme == "email"),
        phones=tuple(value for scheme, value in known if scheme == "phone"),
        external_ids=(lead,),
        fbc=clicks.get("fbc", ""),
        fbp=clicks.get("fbp", ""),
        click_id=clicks.get("ctwa", ""),
    )


def _clicks(touches: Iterable[Touch]) -> dict[str, str]:
    found: dict[str, str] = {}
    for touch in touches:
        if not touch.click:
            continue
        parts = touch.click.split(".")
        if touch.source == "ctwa":
            found["ctwa"] = touch.click
        elif parts[0] == COOKIE and len(parts) == 4:
            found["fbp" if parts[3].isdecimal() else "fbc"] = touch.click
        elif touch.source in LINKS:
            clicked_ms = to_us(touch.happened_at or touch.told_at) // 1000
            found["fbc"] = f"{COOKIE}.1.{clicked_ms}.{touch.click}"
    return found
