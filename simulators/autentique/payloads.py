"""What goes out: documents as the API answers them, and as webhooks carry them."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime
from typing import Any

from simulators.autentique.state import Account, Document, Endpoint, Happened, Signature, timestamp


def document(each: Document, origin: str) -> dict[str, Any]:
    """Of the type Document. The author stands among the signatures, without an action, and has nothing to sign."""
    return {
        **{name: each.asked.get(name) for name in ("message", "reminder", "footer")},
        **{name: bool(each.asked.get(name)) for name in ("refusable", "sortable", "stop_on_rejected")},
        "id": each.id,
        "name": each.name,
        "sandbox": each.sandbox,
        **_times(each),
        **_counts(each),
        "files": files(each, origin),
        "signatures": [
            {"public_id": each.id[:32], "email": "author@example.com", "created_at": timestamp(each.created_at)},
            *(signature(one) for one in each.signatures),
        ],
    }


def signature(each: Signature) -> dict[str, Any]:
    asked = each.asked
    return {
        "public_id": each.public_id,
        "name": asked.get("name"),
        "email": asked.get("email"),
        "delivery_method": asked.get("delivery_method") or ("DELIVERY_METHOD_EMAIL" if asked.get("email") else None),
        "positions": asked.get("positions") or [],
        "created_at": timestamp(each.created_at),
        "action": {"name": asked["action"]},
        "link": {"id": each.public_id[:8], "short_link": each.short_link} if each.short_link else None,
        "viewed": _event(each.viewed),
        "signed": _event(each.signed),
        "rejected": _event(each.rejected),
        "user": {"id": each.public_id, "name": asked.get("name"), "email": asked.get("email"), **_phone(asked)}
        if asked.get("email") or asked.get("phone")
        else None,
    }


def files(each: Document, origin: str) -> dict[str, str]:
    names = {"original": "original", "signed": "assinado", "certified": "certificado", "pades": "pades"}
    return {kind: f"{origin}/documentos/{each.id}/{name}.pdf" for kind, name in names.items()}


def hooked_document(each: Document, origin: str) -> dict[str, Any]:
    """As webhooks have it: bare times and other words. `sandbox` is 0 or 1 in one shape (`envelope`)."""
    return {
        "id": each.id,
        "object": "document",
        "name": each.name,
        "message": each.asked.get("message"),
        "refusable": bool(each.asked.get("refusable")),
        "sandbox": each.sandbox,
        "signatures": [hooked_signature(one, each) for one in each.signatures],
        **_times(each),
        **_counts(each),
        "files": files(each, origin),
    }


def hooked_signature(each: Signature, of: Document) -> dict[str, Any]:
    happened = [("viewed", each.viewed), ("signed", each.signed), ("rejected", each.rejected)]
    return {
        "public_id": each.public_id,
        "object": "signature",
        "user": {"name": each.asked.get("name"), "email": each.asked.get("email"), **_phone(each.asked)},
        "document": of.id,
        "events": [{"type": kind, "document": of.id, **what.public()} for kind, what in happened if what],
        "mail": {"sent": None, "refused": None, "reason": each.refused_mail},
        "action": str(each.asked["action"]).replace("_", " ").capitalize(),
        **{kind: timestamp(what.at) if what else None for kind, what in happened},
        "reason": each.rejected.reason if each.rejected else None,
        "created_at": timestamp(each.created_at),
    }


def envelope(
    kind: str,
    resource: dict[str, Any],
    previous: dict[str, Any],
    *,
    account: Account,
    endpoint: Endpoint,
    at: datetime,
) -> dict[str, Any]:
    """A webhook's body. Where nothing changed, previous_attributes is an empty list, as PHP writes an empty map."""
    event_id = str(uuid.uuid4())
    changed: dict[str, Any] | list[Any] = previous or []
    data: dict[str, Any]
    if endpoint.shape == "object":
        sandbox = {"sandbox": int(resource["sandbox"])} if "sandbox" in resource else {}
        data = {"data": {"object": {**resource, **sandbox}, "previous_attributes": changed}}
    else:
        data = {"data": resource, "previous_attributes": changed}
    return {
        "id": base64.b64encode(f"1|{event_id}".encode()).decode(),
        "object": "webhook",
        "name": "simulated endpoint",
        "format": "json",
        "url": endpoint.url,
        "event": {
            "id": event_id,
            "object": "event",
            "organization": account.organization if endpoint.shape == "data" else {"id": account.organization},
            "type": kind,
            **data,
            "created_at": timestamp(at),
        },
    }


def _times(each: Document) -> dict[str, str | None]:
    return {
        "created_at": timestamp(each.created_at),
        "updated_at": timestamp(each.updated_at),
        "deleted_at": timestamp(each.deleted_at) if each.deleted_at else None,
        "deadline_at": timestamp(each.deadline_at) if each.deadline_at else None,
    }


def _counts(each: Document) -> dict[str, int]:
    return {
        "signatures_count": len(each.signatures),
        "signed_count": sum(one.signed is not None for one in each.signatures),
        "rejected_count": sum(one.rejected is not None for one in each.signatures),
    }


def _event(what: Happened | None) -> dict[str, Any] | None:
    return what.public() if what else None


def _phone(asked: dict[str, Any]) -> dict[str, Any]:
    return {"phone": asked.get("phone")}
