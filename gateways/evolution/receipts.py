"""What became of a message: acknowledgements, and the edits, deletions and votes that come under the same event."""

from __future__ import annotations

from typing import Any, Final

from domain.kernel.items import Alias, Item, ProviderError
from gateways.evolution.content import read_message
from gateways.evolution.event import Event, message_key
from gateways.evolution.jid import alias, chat_of, is_group, other_side
from gateways.evolution.messages import upsert
from gateways.evolution.readers import READERS
from gateways.values import elements, first_words, known, mapping, moment, truth, words

# Baileys' WAMessageStatus by number, as raw dialects send it.
_BY_NUMBER: Final = ("ERROR", "PENDING", "SERVER_ACK", "DELIVERY_ACK", "READ", "PLAYED")
_STATUS: Final = {
    "ERROR": "failed",
    "PENDING": "queued",
    "SERVER_ACK": "sent",
    "DELIVERY_ACK": "delivered",
    "READ": "read",
    "PLAYED": "played",
}
_RECEIPT_TIMES: Final = (("played", "playedTimestamp"), ("read", "readTimestamp"), ("delivered", "receiptTimestamp"))


def update(event: Event, record: dict[str, Any]) -> list[Item]:
    """`messages.update` in its three shapes: flat (v2, v1), key and status, raw Baileys `{key, update}`."""
    key = message_key(record)
    if not key:
        event.notes.append(f"{event.name}: an element without a message key")
        return []
    change = {**record, **mapping(record.get("update"))}
    word = provider_status(first_words(record.get("status"), change.get("status")))
    if elements(change.get("pollUpdates")):
        return [_change(event, key, change, "poll", data={"votes": _votes(change)})]
    if _revoked(record, change, word):
        return [_change(event, key, change, "delete", status=word)]
    content = read_message(change.get("message"), {}, READERS) if mapping(change.get("message")) else None
    if word == "EDITED" or content is not None:
        return [_change(event, key, change, "edit", status=word, text=content.text if content else None)]
    if word is None:
        return [_change(event, key, change, "other", data=known(update=sorted(mapping(record.get("update")))))]
    return [_receipt(event, key, change, word)]


def send_update(event: Event, record: dict[str, Any]) -> list[Item]:
    """`send.message.update`: an acknowledgement, or with a message an edit that we made through the API."""
    message = mapping(record.get("message"))
    if not message:
        return update(event, record)
    items = upsert(event, record)
    if items and items[0].kind in ("edit", "delete"):
        return items
    return [_change(event, message_key(record), record, "edit", text=item.text) for item in items]


def receipt_update(event: Event, record: dict[str, Any]) -> list[Item]:
    """Raw Baileys `message-receipt.update`: one receipt of one member, with its time."""
    key, receipt = message_key(record), mapping(record.get("receipt"))
    status, name = next(((s, n) for s, n in _RECEIPT_TIMES if moment(receipt.get(n))), (None, ""))
    if not key or status is None:
        event.notes.append(f"{event.name}: an element without key or time")
        return []
    member = alias(receipt.get("userJid"))
    return [
        Item(
            kind="receipt",
            provider_id=words(key.get("id")),
            conversation=chat_of(key),
            group=is_group(chat_of(key)),
            from_me=truth(key.get("fromMe")),
            sender_aliases=(member,) if member and truth(key.get("fromMe")) else (),
            timestamp=moment(receipt.get(name)),
            status=status,
            raw_kind=event.raw,
        )
    ]


def provider_status(status: str | None) -> str | None:
    """The provider's word for a status that may come as Baileys' number."""
    if status is not None and status.isascii() and status.isdigit() and int(status[:3]) < len(_BY_NUMBER):
        return _BY_NUMBER[int(status[:3])]
    return status.upper() if status else None


def _revoked(record: dict[str, Any], change: dict[str, Any], word: str | None) -> bool:
    """DELETED, or raw Baileys' way: the stub REVOKE, or a message that became null."""
    stub = words(change.get("messageStubType"))
    inner = mapping(record.get("update"))
    return word == "DELETED" or stub in ("1", "REVOKE") or ("message" in inner and inner["message"] is None)


def _receipt(event: Event, key: dict[str, Any], change: dict[str, Any], word: str) -> Item:
    status = _STATUS.get(word)
    if status is None:
        event.notes.append("unknown receipt status")
    error = None
    if status == "failed":
        # Baileys puts WhatsApp's reason into the stub parameters; Evolution's flat form has none.
        reasons = [reason for each in elements(change.get("messageStubParameters")) if (reason := words(each))]
        error = ProviderError(reasons[0] if reasons else word, reasons[1] if len(reasons) > 1 else None)
    return _change(
        event, key, change, "receipt", status=status, error=error, data=known(status=word if status is None else None)
    )


def _change(
    event: Event,
    key: dict[str, Any],
    change: dict[str, Any],
    kind: str,
    *,
    status: str | None = None,
    text: str | None = None,
    error: ProviderError | None = None,
    data: dict[str, Any] | None = None,
) -> Item:
    conversation = chat_of(key)
    from_me = truth(key.get("fromMe"))
    message_id = words(key.get("id"))
    return Item(
        kind=kind,
        provider_id=message_id,
        conversation=conversation,
        group=is_group(conversation),
        from_me=from_me,
        sender_aliases=_people(kind, key, from_me=from_me),
        timestamp=_status_time(change),
        text=text,
        target_id=message_id if kind in ("edit", "delete") else None,
        status=status,
        error=error,
        data={**known(event=event.name, instance=event.instance), **(data or {})},
        raw_kind=event.raw,
    )


def _people(kind: str, key: dict[str, Any], *, from_me: bool) -> tuple[Alias, ...]:
    """A receipt is about its recipient: the other side of our message, ourselves (no alias) for theirs.

    Edits and deletions have an author instead; votes are not known to be anybody's.
    """
    if kind == "receipt":
        return other_side(key) if from_me else ()
    return () if from_me else other_side(key)


def _status_time(change: dict[str, Any]) -> Any:
    """v1's `datetime` and raw Baileys' `messageTimestamp`; v2 sends no time with a status."""
    return moment(change.get("datetime")) or moment(change.get("messageTimestamp"))


def _votes(change: dict[str, Any]) -> list[dict[str, Any]]:
    """Aggregated options `{name, voters}` (Evolution) with the count only: voters are personal data of others."""
    return [
        known(name=words(mapping(each).get("name")), count=len(elements(mapping(each).get("voters"))))
        for each in elements(change.get("pollUpdates"))
    ]
