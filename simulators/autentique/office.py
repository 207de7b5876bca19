"""What happens to documents: made, changed, seen, signed, rejected; each tells the account's endpoint."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from simulators.autentique import payloads
from simulators.autentique.delivery import Courier
from simulators.autentique.faults import Faults
from simulators.autentique.state import (
    Account,
    Document,
    Happened,
    Signature,
    Store,
    document_id,
    now,
    public_id,
    timestamp,
)

RESEND_AFTER: Final = timedelta(seconds=60)
"""Assumed: the documentation has the refusal (too_many_resent_emails) and no time."""


class Stopped(Exception):
    """The act is not possible now. Its text says why."""


class Office:
    """origin: of the server, in addresses of files."""

    def __init__(self, store: Store, courier: Courier, faults: Faults, *, origin: str) -> None:
        self.store = store
        self.courier = courier
        self.faults = faults
        self.origin = origin

    def create(
        self,
        account: Account,
        asked: dict[str, Any],
        signers: list[dict[str, Any]],
        file: tuple[str, bytes],
        *,
        sandbox: bool,
    ) -> Document:
        at = now()
        made = Document(
            id=document_id(),
            account=account,
            asked=asked,
            content=file[1],
            filename=file[0],
            sandbox=sandbox,
            created_at=at,
            updated_at=at,
            signatures=[_signature(signer, at) for signer in signers],
            deadline_at=moment(asked.get("deadline_at")),
        )
        self.store.documents[made.id] = made
        if not sandbox:
            self.store.billed.append(made.id)
        self._tell("document.created", made)
        for signature in made.signatures:
            self._tell("signature.created", made, signature)
        return made

    def update(self, document: Document, changes: dict[str, Any]) -> None:
        before = {name: document.asked.get(name) for name in changes}
        document.asked |= changes
        if "deadline_at" in changes:
            document.deadline_at = moment(changes["deadline_at"])
        document.updated_at = now()
        self._tell("document.updated", document, previous=before)

    def delete(self, document: Document) -> None:
        document.deleted_at = now()
        self._tell("document.deleted", document)

    def resend(self, signatures: list[Signature]) -> bool:
        """False when all of them were asked too recently."""
        at = now()
        due = [each for each in signatures if each.resent_at is None or each.resent_at <= at - RESEND_AFTER]
        for each in due:
            each.resent_at = at
        return bool(due)

    def view(self, document: Document, signature: Signature) -> None:
        """Whoever opens it has viewed it; the first time counts."""
        if signature.viewed is None:
            signature.viewed = Happened(now())
            self._tell("signature.viewed", document, signature)

    def sign(self, document: Document, signature: Signature) -> None:
        """Raises Stopped."""
        self._open_for(document, signature)
        self.view(document, signature)
        signature.signed = Happened(now())
        self._tell("signature.accepted", document, signature)
        self._tell("document.updated", document, previous={"signed_count": _signed(document) - 1})
        if document.finished:
            self._tell("document.finished", document, previous={"signed_count": _signed(document)})

    def reject(self, document: Document, signature: Signature, reason: str | None) -> None:
        """Raises Stopped."""
        self._open_for(document, signature)
        if not document.asked.get("refusable"):
            raise Stopped("the document is not refusable")
        self.view(document, signature)
        signature.rejected = Happened(now(), reason)
        self._tell("signature.rejected", document, signature)

    def undelivered(self, document: Document, signature: Signature, reason: str | None) -> None:
        signature.refused_mail = reason or "mailbox unavailable"
        self._tell("signature.delivery_failed", document, signature)

    def expire(self, document: Document) -> None:
        """The deadline passes. Assumed: no event tells of it."""
        document.deadline_at = now() - timedelta(seconds=1)

    def emit(
        self,
        account: Account,
        kind: str,
        document: Document | None,
        signature: Signature | None,
        *,
        resource: dict[str, Any] | None = None,
        at: datetime | None = None,
    ) -> bool:
        """Any event of any time, also one that never happened. False without an endpoint."""
        if account.endpoint is None:
            return False
        if resource is None:
            resource = (
                {"object": "member", "email": "member@example.com"}
                if document is None
                else self._resource(document, signature)
            )
        body = payloads.envelope(kind, resource, {}, account=account, endpoint=account.endpoint, at=at or now())
        self.courier.send(account.endpoint, body, document.id if document else None)
        return True

    def _tell(
        self,
        kind: str,
        document: Document,
        signature: Signature | None = None,
        previous: dict[str, Any] | None = None,
    ) -> None:
        document.updated_at = now()
        endpoint = document.account.endpoint
        if endpoint is None:
            return
        resource = self._resource(document, signature)
        body = payloads.envelope(kind, resource, previous or {}, account=document.account, endpoint=endpoint, at=now())
        self.courier.send(endpoint, body, document.id)

    def _resource(self, document: Document, signature: Signature | None) -> dict[str, Any]:
        if signature is not None:
            return payloads.hooked_signature(signature, document)
        return payloads.hooked_document(document, self.origin)

    def _open_for(self, document: Document, signature: Signature) -> None:
        if document.deadline_at is not None and document.deadline_at <= now():
            raise Stopped("the deadline has passed")
        if signature.signed or signature.rejected:
            raise Stopped("this signer has acted already")
        if document.asked.get("stop_on_rejected") and any(each.rejected for each in document.signatures):
            raise Stopped("somebody has rejected")
        earlier = document.signatures[: document.signatures.index(signature)]
        if document.asked.get("sortable") and not all(each.signed for each in earlier):
            raise Stopped("it is not this signer's turn")


def moment(text: object) -> datetime | None:
    """Raises ValueError."""
    if text is None:
        return None
    found = datetime.fromisoformat(str(text))
    return found.replace(tzinfo=now().tzinfo) if found.tzinfo is None else found


def _signature(asked: dict[str, Any], at: datetime) -> Signature:
    """Who has a name only gets a link, which Autentique sends to nobody."""
    linked = not asked.get("email") and not asked.get("phone")
    link = f"https://assina.ae/{secrets.token_urlsafe(12)}" if linked else None
    return Signature(public_id(), asked, at, short_link=link)


def _signed(document: Document) -> int:
    return sum(each.signed is not None for each in document.signatures)


def shown(document: Document, origin: str) -> dict[str, Any]:
    """For oracles: the API's answer, and what it cannot say."""
    known = {"account": document.account.organization, "filename": document.filename, "bytes": len(document.content)}
    return {**payloads.document(document, origin), **known, "updated_at": timestamp(document.updated_at)}
