"""A document as Autentique answers it (providers.md 5), read from untrusted JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateways.values import elements, first_words, mapping, moment, truth, words


@dataclass(frozen=True, slots=True)
class Signature:
    """One signer's part. public_id: what webhooks and resending name it by. short_link: where they sign; with signers
    that are mailed or messaged by Autentique it is absent. action: SIGN, SIGN_AS_A_WITNESS, …"""

    public_id: str
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    action: str | None
    short_link: str | None = field(repr=False)
    created_at: datetime | None
    viewed_at: datetime | None
    signed_at: datetime | None
    rejected_at: datetime | None
    rejected_reason: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Files:
    """Addresses. signed: the PDF with all signatures so far and the audit page. pades: with the provider's seal."""

    original: str | None
    signed: str | None
    pades: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """name: with our reference at its end (`naming`). deadline_at: nobody can sign after it."""

    id: str
    name: str = field(repr=False)
    created_at: datetime | None
    deadline_at: datetime | None
    deleted_at: datetime | None
    sandbox: bool
    signatures: tuple[Signature, ...]
    files: Files

    @property
    def signed(self) -> bool:
        """Everybody has signed. The author stands among the signatures without an action unless they sign too."""
        asked = [each for each in self.signatures if each.action is not None]
        return bool(asked) and all(each.signed_at is not None for each in asked)


def document_of(value: object) -> Document | None:
    """None for what is no document with an id."""
    node = mapping(value)
    document_id = words(node.get("id"))
    if document_id is None:
        return None
    files = mapping(node.get("files"))
    return Document(
        id=document_id,
        name=words(node.get("name")) or "",
        created_at=moment(node.get("created_at")),
        deadline_at=moment(node.get("deadline_at")),
        deleted_at=moment(node.get("deleted_at")),
        sandbox=truth(node.get("sandbox")),
        signatures=tuple(
            signature for each in elements(node.get("signatures")) if (signature := _signature(mapping(each)))
        ),
        files=Files(words(files.get("original")), words(files.get("signed")), words(files.get("pades"))),
    )


def _signature(node: dict[str, Any]) -> Signature | None:
    public_id = words(node.get("public_id"))
    if public_id is None:
        return None
    user, action, rejected = mapping(node.get("user")), node.get("action"), node.get("rejected")
    return Signature(
        public_id=public_id,
        name=first_words(node.get("name"), user.get("name")),
        email=first_words(node.get("email"), user.get("email")),
        phone=words(user.get("phone")),
        action=first_words(action, mapping(action).get("name")),
        short_link=words(mapping(node.get("link")).get("short_link")),
        created_at=moment(node.get("created_at")),
        viewed_at=happened(node.get("viewed")),
        signed_at=happened(node.get("signed")),
        rejected_at=happened(rejected),
        rejected_reason=first_words(mapping(rejected).get("reason"), node.get("reason")),
    )


def happened(value: object) -> datetime | None:
    """The time of an event: the API has objects with `created_at`, webhooks the bare time."""
    return moment(mapping(value).get("created_at") if isinstance(value, dict) else value)
