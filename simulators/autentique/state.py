"""What the simulated Autentique knows: accounts, documents, signatures, and how often it charged."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(slots=True)
class Endpoint:
    """Where an account's events go. shape: `data` (the resource is event.data, as seen live in 2026) or `object` (it is
    event.data.object, with previous_attributes beside it, as the documentation has it)."""

    url: str
    secret: str
    shape: str = "data"


@dataclass(slots=True)
class Account:
    """One bearer token's. organization: its number in webhooks."""

    token: str
    organization: int
    endpoint: Endpoint | None = None


@dataclass(slots=True)
class Happened:
    at: datetime
    reason: str | None = None

    def public(self) -> dict[str, Any]:
        return {"created_at": timestamp(self.at), "reason": self.reason, "ip": "192.0.2.10"}


@dataclass(slots=True)
class Signature:
    """asked: the SignerInput that made it. refused_mail: the message could not be delivered, and why."""

    public_id: str
    asked: dict[str, Any]
    created_at: datetime
    viewed: Happened | None = None
    signed: Happened | None = None
    rejected: Happened | None = None
    refused_mail: str | None = None
    resent_at: datetime | None = None
    short_link: str | None = None


@dataclass(slots=True)
class Document:
    """asked: the DocumentInput that made it, with later changes. content: the uploaded bytes."""

    id: str
    account: Account
    asked: dict[str, Any]
    content: bytes
    filename: str
    sandbox: bool
    created_at: datetime
    updated_at: datetime
    signatures: list[Signature]
    deadline_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def name(self) -> str:
        return str(self.asked["name"])

    @property
    def finished(self) -> bool:
        return all(each.signed is not None for each in self.signatures)

    def signature(self, public_id: str) -> Signature | None:
        return next((each for each in self.signatures if each.public_id == public_id), None)

    def signed_file(self) -> bytes:
        """The upload with a line for each signature: readers of PDF pass over what stands after the end."""
        lines = [f"% signed {each.public_id} {timestamp(each.signed.at)}\n" for each in self.signatures if each.signed]
        return self.content + b"\n" + "".join(lines).encode()


@dataclass(slots=True)
class Store:
    """In memory: a contract of the simulator binds nobody after its end. billed: ids, one for each charge."""

    accounts: dict[str, Account] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    billed: list[str] = field(default_factory=list)

    def account(self, token: str) -> Account:
        return self.accounts.setdefault(token, Account(token, 1000 + len(self.accounts)))

    def of(self, account: Account) -> list[Document]:
        """The newest first."""
        return [each for each in reversed(self.documents.values()) if each.account is account]

    def signed_by(self, account: Account, public_id: str) -> tuple[Document, Signature] | None:
        return next(((each, found) for each in self.of(account) if (found := each.signature(public_id))), None)


def now() -> datetime:
    return datetime.now(UTC)


def timestamp(at: datetime) -> str:
    """As Autentique writes times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def document_id() -> str:
    """As Autentique's: hex, longer than a UUID."""
    return secrets.token_hex(25)


def public_id() -> str:
    return str(uuid.uuid1())
