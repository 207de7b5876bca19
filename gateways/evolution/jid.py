"""WhatsApp's JIDs: what they say about a chat and about the ids of a person.

    <phone>[:device]@s.whatsapp.net · <phone>@c.us (older) · <n>[:device]@lid · <id>@g.us (group)
    <id>@newsletter (channel) · status@broadcast, <id>@broadcast

One person may stand under a phone JID, a LID, or both in one key, in either order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from domain.kernel.items import Alias
from gateways.values import first_words, words

# `:20` names the device that wrote and `_1` the agent; neither belongs to the person's id.
_DEVICE: Final = re.compile(r"(?<=\d)(?:_\d+)?:\d+(?=@|$)", re.ASCII)
_PHONE: Final = re.compile(r"[1-9]\d{5,14}", re.ASCII)
_LID: Final = re.compile(r"\d{1,20}", re.ASCII)
# Meta's business-scoped user id, e.g. BR.1234567890 (Evolution on the Cloud API).
_BSUID: Final = re.compile(r"[A-Z]{2}\.\w{4,}", re.ASCII)

_PHONE_DOMAINS: Final = frozenset({"s.whatsapp.net", "c.us", "hosted", ""})
_LID_DOMAINS: Final = frozenset({"lid", "hosted.lid"})
_MANY_TO_ONE: Final = ("@g.us", "@newsletter", "@broadcast")

_CHAT_KEYS: Final = ("remoteJid", "remoteJidAlt", "previousRemoteJid")
_SENDER_KEYS: Final = ("senderPn", "senderLid")
_MEMBER_KEYS: Final = ("participant", "participantAlt", "participantPn", "participantLid")


def bare(jid: object) -> str | None:
    """The JID as sent, without the device suffix."""
    text = words(jid)
    return _DEVICE.sub("", text.strip()) or None if text else None


def is_group(jid: str | None) -> bool:
    """Groups, channels and broadcast lists: one chat of many people."""
    return jid is not None and jid.endswith(_MANY_TO_ONE)


def alias(jid: object) -> Alias | None:
    """The id of a person that a JID holds; None for groups, channels and what is no JID."""
    text = bare(jid)
    if text is None:
        return None
    user, _, domain = text.partition("@")
    if domain in _PHONE_DOMAINS and _PHONE.fullmatch(user.lstrip("+")):
        return Alias("phone", "+" + user.lstrip("+"))
    if domain in _LID_DOMAINS and _LID.fullmatch(user):
        return Alias("lid", user)
    if domain in _PHONE_DOMAINS and _BSUID.fullmatch(user):
        return Alias("bsuid", user)
    return None


def aliases(jids: Iterable[object]) -> tuple[Alias, ...]:
    """Each person id once, phones first: the phone is the id that people and other channels know."""
    found = dict.fromkeys(known for jid in jids if (known := alias(jid)) is not None)
    return tuple(sorted(found, key=lambda each: each.scheme != "phone"))


def chat_of(key: dict[str, Any]) -> str | None:
    return bare(first_words(*(key.get(name) for name in _CHAT_KEYS)))


def other_side(key: dict[str, Any], member: object = None) -> tuple[Alias, ...]:
    """The person on the other side of a message key: the chat itself, or in a group the member.

    `participant` is not read in a chat of two: bridges leave it empty or put our own id there.
    """
    if is_group(chat_of(key)):
        return aliases([*(key.get(name) for name in _MEMBER_KEYS), member])
    return aliases(key.get(name) for name in _CHAT_KEYS)


def author(key: dict[str, Any], *, from_me: bool, member: object = None) -> tuple[Alias, ...]:
    """All ids of the person who wrote; empty when we did."""
    if from_me:
        return ()
    senders = aliases(key.get(name) for name in _SENDER_KEYS)
    return tuple(sorted(dict.fromkeys((*other_side(key, member), *senders)), key=lambda each: each.scheme != "phone"))
