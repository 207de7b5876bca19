"""What of a person Meta can match by, and what would help most. Pure.

The order is Meta's advice for its match quality [K]: what belongs to one person or one click first, names and places
last. `business_messaging` is matched by its click alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateways.evolution.identity import canonical_phone
from gateways.meta.reason import Reason
from gateways.meta.user import Sent, User


class Weight(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


WEIGHTS: Final = {
    "ph": Weight.HIGH,
    "em": Weight.HIGH,
    "ctwa_clid": Weight.HIGH,
    "fbc": Weight.HIGH,
    "lead_id": Weight.HIGH,
    "external_id": Weight.MEDIUM,
    "fbp": Weight.MEDIUM,
    "client_ip_address": Weight.MEDIUM,
    "client_user_agent": Weight.MEDIUM,
    "fn": Weight.LOW,
    "ln": Weight.LOW,
    "db": Weight.LOW,
    "ct": Weight.LOW,
    "st": Weight.LOW,
    "zp": Weight.LOW,
    "country": Weight.LOW,
    "ge": Weight.LOW,
}
"""By field, the most helpful first."""

ASKABLE: Final = ("ph", "em", "external_id", "fn", "ln", "ct", "st", "zp", "country")
"""What a sales chat can come to know; the others come with a click or a browser, or never."""


@dataclass(frozen=True, slots=True)
class Quality:
    """present: fields that are sent and matched by. missing: that could be had, the most helpful first. hints: of
    values that are sent and match worse than they could."""

    present: tuple[str, ...]
    missing: tuple[str, ...]
    hints: tuple[Reason, ...]

    @property
    def best(self) -> Weight | None:
        """Of the strongest field; None when nothing is there."""
        return next((weight for weight in Weight if any(WEIGHTS[name] is weight for name in self.present)), None)


def quality(user: User, sent: Sent) -> Quality:
    """sent: as `user.user_data` made it."""
    present = tuple(name for name in WEIGHTS if name in sent)
    missing = tuple(name for name in WEIGHTS if name in ASKABLE and name not in sent)
    return Quality(present, missing, tuple(_hints(user)))


def _hints(user: User) -> list[Reason]:
    found: list[Reason] = []
    if any(_is_old_form(phone) for phone in user.phones):
        found.append(
            Reason("phone_old_form", "user_data.ph", "a mobile of Brazil without its ninth digit: give both forms")
        )
    if "-" in user.zip_code and user.country.strip().upper() != "US":
        found.append(Reason("zip_cut", "user_data.zp", "only what stands before the hyphen is sent: write it without"))
    if user.click_id and not user.business_account_id:
        found.append(
            Reason(
                "click_without_account",
                "user_data.whatsapp_business_account_id",
                "the click on the ad counts only with a number of WhatsApp Cloud",
            )
        )
    return found


def _is_old_form(phone: str) -> bool:
    """As WhatsApp keeps many numbers; who gave Meta theirs has given it with the 9."""
    canonical, short = canonical_phone(phone), "".join(filter(str.isdecimal, phone))
    return canonical.startswith("+55") and len(short) == 12 and len(canonical) == 14
