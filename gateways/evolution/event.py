"""One Evolution event taken from its envelope, whatever the dialect spelled around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gateways.values import first_words, mapping

_SEPARATORS: Final = re.compile(r"[._\-\s]+")


@dataclass(frozen=True, slots=True)
class Event:
    """`name`: canonical, `messages.upsert`. `raw`: as sent. `owner`: the connected number's JID, never an author.

    `said_at`: the server's clock (of local time, in some versions). `notes` collects what was odd, for `why`.
    """

    name: str
    raw: str
    data: Any
    instance: str | None = None
    owner: str | None = None
    said_at: datetime | None = None
    notes: list[str] = field(default_factory=list)


def canonical(name: str) -> str:
    """MESSAGES_UPSERT, messages-upsert and messages.upsert are one name; so are all of group-participants.update."""
    return _SEPARATORS.sub(".", name.strip().lower()).strip(".")


def instance_name(value: object) -> str | None:
    """The instance stands as a name, in older versions and forks as an object."""
    if isinstance(value, dict):
        return first_words(value.get("instanceName"), value.get("name"), value.get("instanceId"))
    return first_words(value)


def message_key(record: dict[str, Any]) -> dict[str, Any]:
    """The message key: nested, or spread over the record (v1.8 and bare keys), with `keyId` for the id (v2 updates)."""
    key = mapping(record.get("key"))
    if key:
        return key
    if "remoteJid" not in record and "keyId" not in record:
        return {}
    return {**record, "id": first_words(record.get("keyId"), record.get("id"))}
