"""Values in commands and events of a contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.deal.parts import Place
from domain.kernel.sealed import RefusalWords, SignerContact, SignLink


class ContractState(StrEnum):
    """sending: asked for, perhaps attempted. searching: somebody looks for the document at the provider.
    outcome_unknown: it may have been made; a person has to say. signed: by some. completed: by all."""

    DRAFTED = "drafted"
    SENDING = "sending"
    SEARCHING = "searching"
    OUTCOME_UNKNOWN = "outcome_unknown"
    FAILED = "failed"
    SENT = "sent"
    VIEWED = "viewed"
    SIGNED = "signed"
    COMPLETED = "completed"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class SignerRole(StrEnum):
    SIGN = "sign"
    WITNESS = "witness"
    APPROVE = "approve"


class Reach(StrEnum):
    """How the link reaches who signs. email: the provider mails it. channel: we say it where the lead talks with us.
    link: people pass it on."""

    EMAIL = "email"
    CHANNEL = "channel"
    LINK = "link"


class Reminder(StrEnum):
    """By the provider's mail, to who has not acted."""

    DAILY = "daily"
    WEEKLY = "weekly"


class SentHow(StrEnum):
    """How we know that the document was made."""

    ANSWER = "answer"
    SEARCH = "search"


class CancelledBy(StrEnum):
    """provider: the document is gone there."""

    US = "us"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """signer: their name in the template, where they have a line there. contact: who it is."""

    signer: str
    role: SignerRole
    reach: Reach
    contact: SignerContact


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerLink:
    """link: where this signer signs."""

    signer: str
    link: SignLink


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerSeen:
    """What the document says of one signer. *_at: by the provider's clock; None: not yet. reason: of a refusal."""

    signer: str
    viewed_at: datetime | None
    signed_at: datetime | None
    refused_at: datetime | None
    reason: RefusalWords | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """The signed PDF in the vault. sha256: of its content, hex. size: bytes."""

    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSigning:
    """What a signature does to the deal, read at the edge from its pipeline and carried (a foreign fact). place: where
    it moves, None: nowhere. wins: it is won, for that reason."""

    place: Place | None
    wins: bool
    reason: str | None
