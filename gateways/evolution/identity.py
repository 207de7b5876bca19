"""Phone numbers at WhatsApp: one person under several digits, and the JID that Evolution will make of a number."""

from __future__ import annotations

import re
from typing import Final

_NOT_DIGITS: Final = re.compile(r"\D", re.ASCII)
_DEVICE: Final = re.compile(r":\d+", re.ASCII)

# Brazil: country 55, area code, and since 2016 a 9 before every mobile number. WhatsApp keeps the old form for many.
_BR_OLD_MOBILE: Final = re.compile(r"55([1-9]\d)([6-9]\d{7})", re.ASCII)
_BR_NEW_MOBILE: Final = re.compile(r"55([1-9]\d)9([6-9]\d{7})", re.ASCII)
# Mexico writes 52 1 + 10 digits and Argentina 54 9 + 10 digits for mobiles; WhatsApp knows both with and without.
_MX_AR_LONG: Final = re.compile(r"(52)1(\d{10})|(54)9(\d{10})", re.ASCII)

_GROUP_DIGITS: Final = 18  # group ids have 18 digits or more, E.164 at most 15
_GROUP_WITH_DASH: Final = 24  # <creator's phone>-<epoch>
_NINTH_DIGIT_DDD: Final = 31  # Evolution keeps the 9 for area codes below 31 …
_NINTH_DIGIT_FROM: Final = 7  # … and where the digit after the 9 is below 7


def canonical_phone(e164: str) -> str:
    """The one form of a number under which its other written forms are the same person: `+` and digits.

    Brazilian mobiles get their ninth digit, Mexican and Argentine ones lose the mobile prefix. Landlines stay.
    """
    digits = _NOT_DIGITS.sub("", e164)
    if old := _BR_OLD_MOBILE.fullmatch(digits):
        digits = f"55{old[1]}9{old[2]}"
    elif long := _MX_AR_LONG.fullmatch(digits):
        digits = (long[1] or long[3]) + (long[2] or long[4])
    return "+" + digits


def phone_forms(e164: str) -> tuple[str, ...]:
    """Every form in which a provider may write the number, the canonical one first."""
    canonical = canonical_phone(e164)
    digits = canonical[1:]
    if mobile := _BR_NEW_MOBILE.fullmatch(digits):
        return canonical, f"+55{mobile[1]}{mobile[2]}"
    if len(digits) == 12 and digits.startswith(("52", "54")):
        return canonical, f"+{digits[:2]}{'1' if digits.startswith('52') else '9'}{digits[2:]}"
    return (canonical,)


def create_jid(number: str) -> str:
    """The JID that Evolution 2.3 makes of a number (its `createJid`); a guess that whatsappNumbers confirms.

    JIDs pass through without their device suffix.
    """
    number = _DEVICE.sub("", number)
    if number.endswith(("@g.us", "@s.whatsapp.net", "@lid", "@newsletter", "@broadcast")):
        return number
    number = number.partition("@")[0]
    if "-" in number and len(number) >= _GROUP_WITH_DASH:
        return re.sub(r"[^\d-]", "", number, flags=re.ASCII) + "@g.us"
    digits = _NOT_DIGITS.sub("", number)
    if len(digits) >= _GROUP_DIGITS:
        return f"{digits}@g.us"
    return _without_ninth_digit(_without_mobile_prefix(digits)) + "@s.whatsapp.net"


def _without_mobile_prefix(digits: str) -> str:
    if len(digits) == 13 and digits.startswith(("52", "54")):
        return digits[:2] + digits[3:]
    return digits


def _without_ninth_digit(digits: str) -> str:
    if len(digits) != 13 or not digits.startswith("55"):
        return digits
    if int(digits[2:4]) < _NINTH_DIGIT_DDD or int(digits[5]) < _NINTH_DIGIT_FROM:
        return digits
    return digits[:4] + digits[5:]
