"""Names of journeys and streams, and ids that follow from other ids.

    journey                 streams in it
    holding                 company-<uuid>, slug-<slug>, user-<uuid>, email-<hash>, members-<company uuid>,
                            invitation-<uuid>, role-<uuid>, teams-<company uuid>
    tenant/<company uuid>   centurion-<uuid>, instance-<uuid>, pipelines-<company uuid>, services-<company uuid>,
                            pixels-<company uuid>, qualification-<company uuid>, template-<uuid>
    lead/<lead uuid>        lead-<uuid>, conversation-<uuid>, deal-<uuid>, contract-<uuid>, conversion-<uuid>
    security/<company uuid> security-<company uuid>.<day>; of the holding under its reserved tenant

A journey is a consistency boundary and the Kafka key. Nothing here holds or derives from an alias of a person:
ids that do are made by the vault under its pepper (design §3, "Ids tell nothing").
"""

from __future__ import annotations

from hashlib import sha1, sha256
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("5a7e9d3c-0c1b-5e57-9f3b-1e9104a1e610")
"""Root of every derived id of Legion. Random once, fixed for ever."""

HOLDING_TENANT: Final = str(uuid5(NAMESPACE, "holding"))
"""The reserved tenant that the holding's own events carry."""

HOLDING: Final = "holding"
"""The holding's journey."""


def tenant_journey(company: str) -> str:
    return f"tenant/{company}"


def security_journey(company: str) -> str:
    return f"security/{company}"


def lead_journey(lead: str) -> str:
    return f"lead/{lead}"


def user_subject(user: str) -> str:
    """Whose key seals what is personal of a user."""
    return f"user/{user}"


def owner_of(journey: str) -> str | None:
    """The tenant whose journey it is, as far as its name says: the name of a lead's tells nothing."""
    if journey == HOLDING:
        return HOLDING_TENANT
    kind, _, id_ = journey.partition("/")
    return id_ if kind in ("tenant", "security") else None


def stream_name(category: str, id_: str) -> str:
    return f"{category}-{id_}"


def category_of(stream: str) -> str:
    """`conversation-<uuid>` → `conversation`."""
    return stream.split("-", 1)[0]


def id_of(stream: str) -> str:
    """`conversation-<uuid>` → `<uuid>`."""
    return stream.split("-", 1)[1]


def derived(*parts: str | int) -> str:
    """The UUID that follows from the parts; the same parts always give the same id."""
    return _uuid5(NAMESPACE.bytes, "\x1f".join(str(part) for part in parts))


def event_id(command_id: str, index: int) -> str:
    """uuid5(command id, index): deciding twice gives the same bytes (design §3)."""
    return _uuid5(bytes.fromhex(command_id.replace("-", "")), str(index))


def _uuid5(namespace: bytes, name: str) -> str:
    """What `str(uuid5(…))` gives, at a quarter of its time: the writer makes one for each event."""
    if len(namespace) != 16:
        raise ValueError("a namespace is a UUID")
    made = bytearray(sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50  # version 5
    made[8] = made[8] & 0x3F | 0x80  # variant of RFC 9562
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def conversation_id(lead: str, instance: str) -> str:
    """One conversation for each lead and channel instance."""
    return derived("conversation", lead, instance)


def effect_id(journey: str, kind: str, key: str) -> str:
    """The id of an effect's row; also what `…Attempted` and runners call it by."""
    return derived("effect", journey, kind, key)


def partition_of(journey: str, partitions: int) -> int:
    """The partition of a journey in [commands] and [events]: first 4 bytes of SHA-256, big-endian, modulo.

    Our own rule and not a client's default partitioner, so that every language and client agrees.
    """
    return int.from_bytes(sha256(journey.encode()).digest()[:4], "big") % partitions
