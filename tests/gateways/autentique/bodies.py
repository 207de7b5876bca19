"""Webhook bodies of our own, in both shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parents[3].parent / "shared/corpus/autentique"
AT = "2026-08-03T14:05:06.700800Z"
DOCUMENT = "d0c" * 16 + "d0"  # 50 hex digits, as theirs are
SIGNATURE = "0198c5a2-0000-11f1-8000-0242ac110002"


def document(**over: Any) -> dict[str, Any]:
    return {"id": DOCUMENT, "object": "document", "name": "Contrato [ref-00000001]", "sandbox": True, **over}


def signature(**over: Any) -> dict[str, Any]:
    return {
        "public_id": SIGNATURE,
        "object": "signature",
        "document": DOCUMENT,
        "viewed": "2026-08-03T14:00:00.000000Z",
        "signed": None,
        "rejected": None,
        **over,
    }


def flat(kind: str, resource: dict[str, Any], **over: Any) -> dict[str, Any]:
    """The resource in event.data."""
    event = {"id": "e-1", "object": "event", "organization": 7, "type": kind, "data": resource}
    return {"object": "webhook", "event": {**event, "previous_attributes": [], "created_at": AT, **over}}


def nested(kind: str, resource: dict[str, Any], previous: object, **over: Any) -> dict[str, Any]:
    """The resource in event.data.object."""
    data = {"object": resource, "previous_attributes": previous}
    event = {"id": "e-1", "object": "event", "organization": {"id": 7}, "type": kind, "data": data}
    return {"object": "webhook", "event": {**event, "created_at": AT, **over}}
