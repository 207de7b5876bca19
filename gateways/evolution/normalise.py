"""`normalise(body)`: any bytes from Evolution (v2, v1.8) or a Baileys bridge to items, never an exception.

bytes → JSON tree (gateways.jsonbody) → envelopes (one, an array, n8n's wrapping, none at all)
      → Event → the handler of its name (HANDLERS) for each element of `data` → items
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from domain.kernel.items import Item, Normalised
from gateways import jsonbody
from gateways.evolution import events, messages, receipts
from gateways.evolution.event import Event, canonical, instance_name
from gateways.evolution.jid import bare
from gateways.values import elements, mapping, moment, words

Handler = Callable[[Event, dict[str, Any]], list[Item]]

HANDLERS: Final[dict[str, Handler]] = {
    "messages.upsert": messages.upsert,
    "messages.set": messages.upsert,
    "messaging.history.set": messages.upsert,
    "send.message": messages.upsert,
    "messages.edited": messages.edited,
    "messages.delete": messages.deleted,
    "messages.reaction": messages.reaction_event,
    "messages.update": receipts.update,
    "message.ack": receipts.update,
    "send.message.update": receipts.send_update,
    "message.receipt.update": receipts.receipt_update,
    "connection.update": events.connection,
    "qrcode.updated": events.qr,
    "contacts.set": events.contact,
    "contacts.upsert": events.contact,
    "contacts.update": events.contact,
    "chats.set": events.chat,
    "chats.upsert": events.chat,
    "chats.update": events.chat,
    "chats.delete": events.chat,
    "presence.update": events.presence,
    "groups.upsert": events.group,
    "groups.update": events.group,
    "group.update": events.group,
    "group.participants.update": events.group,
    "call": events.call,
    "labels.edit": events.label,
    "labels.association": events.label,
    "application.startup": events.instance,
    "instance.create": events.instance,
    "instance.delete": events.instance,
    "status.instance": events.instance,
    "logout.instance": events.instance,
    "remove.instance": events.instance,
}

# Events that say something by their name alone: `data` is null or {} there.
_DATALESS: Final = frozenset({events.instance, events.connection, events.qr, events.other})
# Lists of bare JIDs instead of objects.
_JID_LISTS: Final = frozenset({events.chat, events.contact})

_MAX_NOTES: Final = 10  # a batch of a thousand odd elements needs no thousand lines


def normalise(body: bytes) -> Normalised:
    """Items of a webhook body in the provider's order; `why` says what was odd, or why there are none."""
    tree, notes, ok = jsonbody.parse(body)
    if not ok:
        return Normalised((), _why(notes))
    items: list[Item] = []
    said_at: datetime | None = None
    for event in _events(tree, notes):
        said_at = said_at or event.said_at
        for record in _records(event):
            items.extend(HANDLERS.get(event.name, events.other)(event, record))
    if not items and not notes:
        notes.append("an event without data")
    return Normalised(tuple(items), _why(notes), said_at)


def _why(notes: list[str]) -> str | None:
    distinct = list(dict.fromkeys(notes))
    return "; ".join(distinct[:_MAX_NOTES]) or None


def _events(tree: Any, notes: list[str]) -> Iterator[Event]:
    """The events of a tree: an envelope, an array of envelopes, a bare Baileys record or an array of them."""
    if isinstance(tree, list) and not tree:
        notes.append("an empty array")
    for element in tree if isinstance(tree, list) else [tree]:
        event = _event(element, notes)
        if event is None:
            notes.append("not an Evolution event" if isinstance(element, dict) else "JSON, but not an object")
        else:
            yield event


def _event(element: Any, notes: list[str]) -> Event | None:
    envelope = mapping(element)
    wrapped = mapping(envelope.get("body"))
    if "event" not in envelope and wrapped:  # n8n hands its callers {headers, params, query, body}
        envelope = wrapped
    raw = words(envelope.get("event"))
    if raw is not None and canonical(raw) and ("data" in envelope or "instance" in envelope):
        return Event(
            name=canonical(raw),
            raw=raw,
            data=envelope.get("data"),
            instance=instance_name(envelope.get("instance")),
            owner=bare(envelope.get("sender")),
            said_at=moment(envelope.get("date_time")),
            notes=notes,
        )
    return _bare_record(envelope, notes)


def _bare_record(record: dict[str, Any], notes: list[str]) -> Event | None:
    """A Baileys record without an envelope: what it holds says which event it was."""
    if not isinstance(record.get("key"), dict):
        return None
    instance = words(record.get("instance_key"))
    for part, name in (
        ("update", "messages.update"),
        ("receipt", "message-receipt.update"),
        ("message", "messages.upsert"),
    ):
        if isinstance(record.get(part), dict):
            return Event(name=canonical(name), raw=name, data=record, instance=instance, notes=notes)
    return None


def _records(event: Event) -> Iterator[dict[str, Any]]:
    """The elements of `data`, which comes as an object, an array, or an object that holds the array."""
    handler = HANDLERS.get(event.name, events.other)
    data = event.data
    inner = mapping(data).get("messages")
    if handler is messages.upsert and isinstance(inner, list):
        data = inner  # raw Baileys {messages: [...], type: notify|append}
    if handler is events.other and not isinstance(data, dict):
        yield {"value": data} if data is not None else {}
        return
    if data in (None, {}) and handler in _DATALESS:
        yield {}
        return
    for element in elements(data):
        if isinstance(element, dict):
            yield element
        elif isinstance(element, str) and handler in _JID_LISTS:
            yield {"id": element}
        else:
            event.notes.append(f"{event.name}: an element that is no object")
