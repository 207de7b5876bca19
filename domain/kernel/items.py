"""What every provider's webhook body becomes: a list of items, the same shape for every channel.

The keys and their meaning are the contract of `legion explain`; channel-neutral from the first day, so that nothing
behind the normaliser knows which provider a message came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

MESSAGE_KINDS: Final = frozenset(
    "text image audio voice video document sticker location contacts reaction button list story_reply "
    "story_mention postback command edit delete order poll unsupported".split()
)
"""Kinds that are something a person wrote or did in a chat."""

KINDS: Final = MESSAGE_KINDS | frozenset(
    "receipt connection qr contact_update chat_update call instance template_status account presence share "
    "group_update label consent system tool_call form contract payment other".split()
)

RECEIPT_STATUSES: Final = ("queued", "sent", "delivered", "read", "played", "failed", "deleted")


@dataclass(frozen=True, slots=True)
class Alias:
    """One id of a person at a provider.

    scheme: phone (E.164 digits with +) · lid · bsuid · igsid · fbid · telegram · email · username.
    """

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Media:
    """A reference to a file; the bytes themselves never enter the log. `size` in bytes, `seconds` of play time."""

    kind: str
    mime: str | None = None
    url: str | None = None
    id: str | None = None
    base64: bool = False
    filename: str | None = None
    size: int | None = None
    seconds: float | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """`emoji` None: the reaction to message `to` was removed."""

    to: str | None
    emoji: str | None


@dataclass(frozen=True, slots=True)
class Referral:
    """The click-to-chat ad that a message came from."""

    source_type: str | None = None
    source_id: str | None = None
    source_url: str | None = None
    ctwa_clid: str | None = None
    headline: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderError:
    """A failure in the provider's own words."""

    code: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a provider told us. Absent knowledge is None (lists: empty)."""

    kind: str
    provider_id: str | None = None
    conversation: str | None = None
    group: bool = False
    from_me: bool = False
    sender_aliases: tuple[Alias, ...] = ()
    timestamp: datetime | None = None
    text: str | None = None
    media: tuple[Media, ...] = ()
    quoted_id: str | None = None
    reaction: Reaction | None = None
    referral: Referral | None = None
    target_id: str | None = None
    status: str | None = None
    error: ProviderError | None = None
    data: dict[str, Any] = field(default_factory=dict)
    raw_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Normalised:
    """The items of one body, in the provider's order. `why` says what was odd, or why there are none.

    said_at: the sender's clock when it made the body. Tells which of two bodies is the newer; no time of an item.
    """

    items: tuple[Item, ...] = ()
    why: str | None = None
    said_at: datetime | None = None
