"""Who it was: plain here, hashes on the wire.

Hashed: em, ph, fn, ln, ct, st, zp, country, db, ge. Never hashed: external_id (Meta's SDK does not either), fbc, fbp,
client_ip_address, client_user_agent, lead_id, ctwa_clid, page_id, whatsapp_business_account_id (providers.md 6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from gateways.meta import normalise
from gateways.meta.hashing import hashed
from gateways.meta.phone import phone
from gateways.meta.reason import BadField, Reason

Sent = dict[str, str | list[str]]
"""`user_data` as Meta gets it: hashed fields and external_id are lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Plain values, or hashes that somebody made; empty is absent.

    phones: with country code. zip_code: a CEP without its hyphen, what stands after one is cut. birthday: YYYYMMDD.
    lead_id: of Meta's lead ads. click_id: `ctwa_clid`, of an ad that opened a WhatsApp chat.
    """

    emails: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    zip_code: str = field(default="", repr=False)
    country: str = field(default="", repr=False)
    birthday: str = field(default="", repr=False)
    gender: str = field(default="", repr=False)
    external_ids: tuple[str, ...] = ()
    fbc: str = ""
    fbp: str = ""
    ip: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    lead_id: str = ""
    click_id: str = ""
    page_id: str = ""
    business_account_id: str = ""


RULES: Final[Mapping[str, Callable[[str], str]]] = {
    "em": normalise.email,
    "ph": phone,
    "fn": normalise.name,
    "ln": normalise.name,
    "ct": normalise.city,
    "st": normalise.state,
    "zp": normalise.zip_code,
    "country": normalise.country,
    "db": normalise.birthday,
    "ge": normalise.gender,
}
"""By Meta's name, for every field that is hashed."""


def user_data(user: User) -> tuple[Sent, tuple[Reason, ...]]:
    """What is sent, and what is wrong with the rest, which is left out."""
    sent: Sent = {}
    wrong: list[Reason] = []
    rules: dict[str, Callable[[str], str]] = {**RULES, "ph": partial(phone, country=_known_country(user))}
    for name, texts in _plain(user).items():
        hashes: list[str] = []
        for text in filter(str.strip, texts):
            try:
                hashes.append(hashed(text, rules[name]))
            except BadField as bad:
                wrong.append(bad.reason)
        if hashes:
            sent[name] = list(dict.fromkeys(hashes))
    sent.update(_as_they_are(user))
    return sent, tuple(wrong)


def _known_country(user: User) -> str | None:
    """None also for a hash."""
    found = user.country.strip().lower()
    return found if found in normalise.COUNTRIES else None


def _plain(user: User) -> dict[str, tuple[str, ...]]:
    return {
        "em": user.emails,
        "ph": user.phones,
        "fn": (user.first_name,),
        "ln": (user.last_name,),
        "ct": (user.city,),
        "st": (user.state,),
        "zp": (user.zip_code,),
        "country": (user.country,),
        "db": (user.birthday,),
        "ge": (user.gender,),
    }


def _as_they_are(user: User) -> Sent:
    ids = list(dict.fromkeys(filter(str.strip, user.external_ids)))
    one: dict[str, str] = {
        "fbc": user.fbc,
        "fbp": user.fbp,
        "client_ip_address": user.ip,
        "client_user_agent": user.user_agent,
        "lead_id": user.lead_id,
        "ctwa_clid": user.click_id,
        "page_id": user.page_id,
        "whatsapp_business_account_id": user.business_account_id,
    }
    found: Sent = {name: text for name, text in one.items() if text.strip()}
    return {"external_id": ids, **found} if ids else found
