"""`read(body, now)`: a webhook's raw bytes to one small hint, or why there is none. Never an exception.

A hint says where to look: the document is asked for again (`AutentiqueClient.document`) before anything is believed.
Two shapes (providers.md 5): the resource in `event.data`, or in `event.data.object` with `previous_attributes` beside
it. Order and number of deliveries mean nothing: document.updated may come before document.created.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from gateways import jsonbody
from gateways.autentique.documents import happened
from gateways.autentique.naming import reference_of
from gateways.values import elements, first_words, mapping, moment, truth, words

TYPES: Final = frozenset(
    {
        *(f"document.{what}" for what in "created updated deleted finished".split()),
        *(
            f"signature.{what}"
            for what in (
                "created updated deleted viewed accepted rejected biometric_approved biometric_unapproved "
                "biometric_reset biometric_rejected delivery_failed"
            ).split()
        ),
        *(f"member.{what}" for what in "created deleted".split()),
    }
)

OLDEST: Final = timedelta(days=15)
"""Undelivered events can be sent again by hand for 14 days; a day for clocks and for who does it at the last moment."""

# What a form looks like: a name, an equals sign. The bound keeps the search short.
_FORM: Final = re.compile(rb"\s*[A-Za-z0-9_%\[\].+-]{1,200}=")

# When what the event is about came to pass: the field of the signature that says it.
_MOMENTS: Final = {"viewed": "viewed", "accepted": "signed", "rejected": "rejected"}


@dataclass(frozen=True, slots=True)
class Hint:
    """event_id: the same in each delivery of it. type: as sent; `known` when it is one of TYPES. created_at: of the
    event; happened_at: of what it tells, as near as it says. reason: of a rejection or a failed delivery. changed:
    names of attributes that changed. reference: ours, in the document's name (`naming`). None where the body does not
    say."""

    event_id: str
    type: str
    known: bool
    organization: str | None
    document_id: str | None
    signature_id: str | None
    created_at: datetime | None
    happened_at: datetime | None
    sandbox: bool | None
    reason: str | None = field(repr=False)
    changed: tuple[str, ...] = ()
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """code: `not_json`, `legacy_form`, `not_an_event`, `event_expired`. why: for people, nothing personal."""

    code: str
    why: str


def read(body: bytes, now: datetime) -> Hint | Unread:
    """now: aware. The signature was checked before (`verify`)."""
    hint = normalise(body)
    if isinstance(hint, Hint) and expired(hint, now):
        return Unread("event_expired", f"made more than {OLDEST.days} days ago")
    return hint


def expired(hint: Hint, now: datetime) -> bool:
    """Older than any honest delivery. An event that names no time is not: its id still counts once."""
    return hint.created_at is not None and hint.created_at < now - OLDEST


def normalise(body: bytes) -> Hint | Unread:
    """The hint of a body of any age."""
    tree, _, ok = jsonbody.parse(body)
    if not ok:
        if _FORM.match(body):
            return Unread("legacy_form", "form-encoded (v1, not signed): the endpoint's format has to be JSON")
        return Unread("not_json", "not JSON")
    event = mapping(mapping(tree).get("event"))
    event_id, kind = words(event.get("id")), words(event.get("type"))
    if event_id is None or kind is None:
        return Unread("not_an_event", "no event with an id and a type")
    return _hint(event_id, kind, event)


def _hint(event_id: str, kind: str, event: dict[str, Any]) -> Hint:
    data = mapping(event.get("data"))
    # `object` is the resource in one shape, and the name of its kind in the other.
    inner = mapping(data.get("object"))
    resource, previous = (inner, data.get("previous_attributes")) if inner else (data, event.get("previous_attributes"))
    about, _, what = kind.partition(".")
    created_at = moment(event.get("created_at"))
    organization = event.get("organization")
    sandbox = resource.get("sandbox")
    return Hint(
        event_id=event_id,
        type=kind,
        known=kind in TYPES,
        organization=first_words(organization, mapping(organization).get("id")),
        document_id=_document(about, resource),
        signature_id=first_words(resource.get("public_id"), resource.get("id")) if about == "signature" else None,
        created_at=created_at,
        happened_at=happened(resource.get(_MOMENTS[what])) or created_at if what in _MOMENTS else created_at,
        sandbox=None if sandbox is None else truth(sandbox),
        reason=_reason(what, resource),
        changed=tuple(sorted(mapping(previous))),
        reference=reference_of(words(resource.get("name"))) if about == "document" else None,
    )


def _document(about: str, resource: dict[str, Any]) -> str | None:
    if about == "document":
        return words(resource.get("id"))
    document = resource.get("document")
    return first_words(document, mapping(document).get("id"))


def _reason(what: str, resource: dict[str, Any]) -> str | None:
    if what == "delivery_failed":
        return first_words(mapping(resource.get("mail")).get("reason"), resource.get("reason"))
    if what != "rejected":
        return None
    told = [mapping(each) for each in elements(resource.get("events")) if mapping(each).get("type") == "rejected"]
    last = told[-1] if told else {}
    return first_words(resource.get("reason"), mapping(resource.get("rejected")).get("reason"), last.get("reason"))
