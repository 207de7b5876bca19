"""Messages: upserts (theirs, and ours typed on the phone), our API sends, edits and deletions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from domain.kernel.items import Item, Referral
from gateways.evolution.content import Content, read_message
from gateways.evolution.event import Event, message_key
from gateways.evolution.jid import alias, author, chat_of, is_group
from gateways.evolution.readers import READERS
from gateways.values import elements, first_words, integer, known, mapping, moment, truth, words

STATUS_FEED: Final = "status@broadcast"

# proto.WebMessageInfo.StubType: messages without content that WhatsApp itself writes into a chat.
_STUB_REVOKE: Final = frozenset({"1", "REVOKE"})
_STUB_CIPHERTEXT: Final = frozenset({"2", "CIPHERTEXT"})
_STUB_CALLS: Final = frozenset({"40", "41", "45", "46"})
_STUB_GROUPS: Final = range(20, 33)

_MAX_LISTED: Final = 50  # mentions: a group post may name a thousand people


def upsert(event: Event, record: dict[str, Any]) -> list[Item]:
    """One message as it stands in a chat. `send.message` is our own send, whatever its key says."""
    key = message_key(record)
    if not key:
        event.notes.append(f"{event.name}: an element without a message key")
        return []
    content = _stub(record) or read_message(record.get("message"), record, READERS)
    from_me = truth(key.get("fromMe")) or event.name == "send.message"
    return [_item(event, record, key, content, from_me=from_me)]


def edited(event: Event, record: dict[str, Any]) -> list[Item]:
    """`messages.edited`: the raw protocolMessage (also a REVOKE), or in other dialects a key with the new message."""
    key = mapping(record.get("key"))
    if not key:
        event.notes.append(f"{event.name}: an element without a message key")
        return []
    if "message" in record or "editedMessage" not in record:
        inner = read_message(record.get("message"), record, READERS)
        content = inner if inner.kind in ("edit", "delete") or "message" in record else _protocol(record)
    else:
        content = _protocol(record)
    if content.kind not in ("edit", "delete", "system"):
        content = Content("edit", text=content.text, data=content.data)
    item = _item(event, record, key, content, from_me=truth(key.get("fromMe")), raw_kind=event.raw)
    if event.owner is not None and item.conversation == event.owner:
        # The key inside a protocolMessage is written from its author's side: there "the other side" is us.
        return [replace(item, conversation=None, from_me=not item.from_me, sender_aliases=())]
    return [item]


def deleted(event: Event, record: dict[str, Any]) -> list[Item]:
    """`messages.delete`: a key, bare or nested; `{keys: [...]}` from raw Baileys."""
    keys = [mapping(key) for key in elements(record.get("keys"))] or [message_key(record) or record]
    kept = [key for key in keys if words(key.get("id"))]
    if not kept:
        event.notes.append(f"{event.name}: no key of a message")
    return [
        _item(event, record, key, Content("delete"), from_me=truth(key.get("fromMe")), raw_kind=event.raw)
        for key in kept
    ]


def reaction_event(event: Event, record: dict[str, Any]) -> list[Item]:
    """Raw Baileys `messages.reaction`: `key` is the message reacted to, `reaction.key` the reaction itself."""
    target, reaction = mapping(record.get("key")), mapping(record.get("reaction"))
    own = mapping(reaction.get("key")) or target
    message = {"reactionMessage": {"key": target, "text": reaction.get("text")}}
    content = read_message(message, {}, READERS)
    record = {"messageTimestamp": reaction.get("senderTimestampMs")}
    return [_item(event, record, own, content, from_me=truth(own.get("fromMe")), raw_kind=event.raw)]


def _protocol(record: dict[str, Any]) -> Content:
    return read_message({"protocolMessage": record}, {}, READERS)


def _item(
    event: Event,
    record: dict[str, Any],
    key: dict[str, Any],
    content: Content,
    *,
    from_me: bool,
    raw_kind: str | None = None,
) -> Item:
    conversation = chat_of(key)
    context = {**mapping(record.get("contextInfo")), **{name: fact for name, fact in content.context.items() if fact}}
    message_id = words(key.get("id"))
    kind = "story_reply" if content.kind == "text" and context.get("remoteJid") == STATUS_FEED else content.kind
    target = content.target_id or (message_id if kind in ("edit", "delete") else None)
    return Item(
        kind=kind,
        provider_id=message_id,
        conversation=conversation,
        group=is_group(conversation),
        from_me=from_me,
        sender_aliases=author(key, from_me=from_me, member=record.get("participant")),
        timestamp=_timestamp(record, content),
        text=content.text,
        media=content.media,
        quoted_id=first_words(context.get("stanzaId"), context.get("stanzaID")),
        reaction=content.reaction,
        referral=referral(context),
        target_id=target,
        status=words(record.get("status")),
        data={**_facts(event, record, context), **content.data},
        raw_kind=raw_kind or content.raw_kind,
    )


def _timestamp(record: dict[str, Any], content: Content) -> datetime | None:
    """The message's own time. Inside a bare protocolMessage only `timestampMs` is there."""
    return moment(record.get("messageTimestamp")) or moment(content.edited_at) or moment(record.get("timestampMs"))


def _facts(event: Event, record: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    mentioned = [each.value for jid in elements(context.get("mentionedJid"))[:_MAX_LISTED] if (each := alias(jid))]
    return known(
        event=event.name,
        instance=event.instance,
        push_name=words(record.get("pushName")),
        verified_name=words(record.get("verifiedBizName")),
        source=words(record.get("source")),
        forwarded=True if truth(context.get("isForwarded")) or (integer(context.get("forwardingScore")) or 0) else None,
        mentioned=mentioned,
    )


def referral(context: dict[str, Any]) -> Referral | None:
    """The click-to-WhatsApp advert. A plain link preview has an externalAdReply too, but no source and no click id."""
    advert = mapping(context.get("externalAdReply"))
    from_ad = first_words(advert.get("ctwaClid"), advert.get("sourceId"), advert.get("sourceType")) or (
        advert and first_words(context.get("conversionSource"), context.get("entryPointConversionSource"))
    )
    if not from_ad:
        return None
    return Referral(
        source_type=words(advert.get("sourceType")),
        source_id=words(advert.get("sourceId")),
        source_url=words(advert.get("sourceUrl")),
        ctwa_clid=words(advert.get("ctwaClid")),
        headline=words(advert.get("title")),
        body=words(advert.get("body")),
    )


def _stub(record: dict[str, Any]) -> Content | None:
    """A message of WhatsApp's own making, when it stands in the place of content."""
    stub = words(record.get("messageStubType"))
    if not stub or stub == "0" or mapping(record.get("message")):
        return None
    facts = known(stub=stub, parameters=[words(each) for each in elements(record.get("messageStubParameters"))])
    if stub in _STUB_REVOKE:
        return Content("delete", stub, data=facts)
    if stub in _STUB_CIPHERTEXT:
        return Content("unsupported", stub, data=facts)
    if stub in _STUB_CALLS or stub.startswith("CALL_"):
        return Content("call", stub, data=facts)
    if stub.startswith("GROUP_") or (stub.isascii() and stub.isdigit() and int(stub[:9]) in _STUB_GROUPS):
        return Content("group_update", stub, data=facts)
    return Content("system", stub, data=facts)
