"""Everything that is no message: connection, QR code, contacts, chats, presence, groups, calls, labels, instances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from domain.kernel.items import Alias, Item, ProviderError
from gateways.evolution.event import Event
from gateways.evolution.jid import alias, aliases, bare, is_group
from gateways.values import elements, first_words, known, mapping, moment, number, truth, words

_CONNECTION: Final = {"close": "closed", "closed": "closed"}
_CLOSED: Final = ("closed", "refused")
_HTTP_OK: Final = "200"


def connection(event: Event, record: dict[str, Any]) -> list[Item]:
    """`state` (Evolution) or `connection` (raw Baileys); the code says why it closed."""
    state = first_words(record.get("state"), record.get("connection"), record.get("status"))
    status = _CONNECTION.get(state.lower(), state.lower()) if state else None
    raw = mapping(mapping(mapping(record.get("lastDisconnect")).get("error")).get("output"))
    code = first_words(record.get("statusReason"), record.get("statusCode"), raw.get("statusCode"))
    failed = status in _CLOSED and code is not None and code != _HTTP_OK
    facts = known(
        owner=bare(record.get("wuid")),
        profile_name=words(record.get("profileName")),
        code=code if not failed else None,
    )
    text = first_words(record.get("message"), mapping(raw.get("payload")).get("message"))
    return [_about(event, "connection", status=status, error=ProviderError(code, text) if failed else None, data=facts)]


def qr(event: Event, record: dict[str, Any]) -> list[Item]:
    """A new code to scan, or the end of trying (a message with a status code)."""
    code = mapping(record.get("qrcode")) or record
    facts = known(
        code=words(code.get("code")),
        pairing_code=words(code.get("pairingCode")),
        base64=words(code.get("base64")),
        count=number(first_words(record.get("count"), code.get("count"))),
    )
    failure = first_words(record.get("statusCode"), record.get("statusReason"))
    text = words(record.get("message"))
    error = ProviderError(failure, text) if (failure and failure != _HTTP_OK) or text else None
    return [_about(event, "qr", error=error, data=facts)]


def contact(event: Event, record: dict[str, Any]) -> list[Item]:
    """One contact: by `remoteJid` (v2, where `id` is a database row) or by `id` (v1, raw Baileys)."""
    jid = _jid(record, "remoteJid", "id", "jid")
    lid = bare(record.get("lid"))
    people = aliases(
        [
            jid,
            *(record.get(name) for name in ("remoteJidAlt", "phoneNumber", "jid")),
            lid if lid is None or "@" in lid else f"{lid}@lid",
        ]
    )
    facts = known(
        push_name=first_words(record.get("pushName"), record.get("notify")),
        name=first_words(record.get("name"), record.get("verifiedName")),
        picture_url=first_words(record.get("profilePicUrl"), record.get("profilePictureUrl"), record.get("imgUrl")),
        about=words(record.get("status")),
    )
    return [_about(event, "contact_update", jid=jid, people=people, data=facts)]


def chat(event: Event, record: dict[str, Any]) -> list[Item]:
    """One chat; `chats.delete` lists bare JIDs."""
    facts = known(
        name=words(record.get("name")),
        unread=number(first_words(record.get("unreadMessages"), record.get("unreadCount"))),
        labels=elements(record.get("labels")),
        archived=record.get("archived") if isinstance(record.get("archived"), bool) else None,
    )
    jid = _jid(record, "remoteJid", "id", "jid")
    time = moment(first_words(record.get("conversationTimestamp")))
    return [_about(event, "chat_update", jid=jid, people=aliases([jid]), data=facts, time=time)]


def presence(event: Event, record: dict[str, Any]) -> list[Item]:
    """One item for each person of whom it tells; `status` is WhatsApp's word: composing, recording, available, …"""
    jid = _jid(record, "id", "jid", "remoteJid")
    told = mapping(record.get("presences"))
    rows: list[tuple[str | None, Any]] = list(told.items()) or [(jid, record)]
    items = []
    for person, row in rows:
        state = first_words(mapping(row).get("lastKnownPresence"), mapping(row).get("presence"))
        seen = moment(mapping(row).get("lastSeen"))
        facts = known(last_seen=seen.isoformat().replace("+00:00", "Z") if seen else None)
        items.append(_about(event, "presence", jid=jid, people=aliases([person]), status=state, data=facts))
    return items


def group(event: Event, record: dict[str, Any]) -> list[Item]:
    """A group's own data, or who came and went (`action` add, remove, promote, demote; by `author`)."""
    jid = _jid(record, "id", "jid", "groupJid", "remoteJid")
    members = [_member(each) for each in elements(record.get("participants"))]
    facts = known(
        action=words(record.get("action")),
        participants=[member for member in members if member],
        subject=words(record.get("subject")),
        description=words(record.get("desc")),
    )
    item = _about(event, "group_update", jid=jid, people=aliases([record.get("author")]), data=facts)
    return [item] if item.group else [_as_group(item)]


def call(event: Event, record: dict[str, Any]) -> list[Item]:
    """A call: Baileys' flat form, or the raw node `{packet: {attrs}}` of older versions."""
    attrs = mapping(mapping(record.get("packet")).get("attrs"))
    record = {**attrs, **record}
    jid = bare(first_words(record.get("groupJid"), record.get("chatId"), record.get("from")))
    caller = first_words(record.get("from"), record.get("chatId"))
    facts = known(
        video=record.get("isVideo") if isinstance(record.get("isVideo"), bool) else None,
        offline=record.get("offline") if isinstance(record.get("offline"), bool) else None,
    )
    time = moment(record.get("date")) or moment(record.get("t"))
    item = _about(
        event,
        "call",
        jid=jid,
        people=aliases([caller, record.get("callerPn")]),
        status=words(record.get("status")),
        data=facts,
        time=time,
        provider_id=words(record.get("id")),
    )
    return [_as_group(item)] if truth(record.get("isGroup")) and not item.group else [item]


def label(event: Event, record: dict[str, Any]) -> list[Item]:
    """`labels.edit` (the label itself) and `labels.association` (on a chat: add, remove)."""
    facts = known(
        label_id=first_words(record.get("labelId"), record.get("id")),
        action=words(record.get("type")),
        name=words(record.get("name")),
        color=words(record.get("color")),
        deleted=record.get("deleted") if isinstance(record.get("deleted"), bool) else None,
    )
    jid = _jid(record, "chatId", "remoteJid")
    return [_about(event, "label", jid=jid, people=aliases([jid]), data=facts)]


def instance(event: Event, record: dict[str, Any]) -> list[Item]:
    """Application start, instance made, removed, logged out, or its status after a final close."""
    code = first_words(record.get("disconnectionReasonCode"), record.get("statusReason"))
    facts = known(version=words(record.get("version")), message=words(record.get("message")))
    return [
        _about(
            event,
            "instance",
            status=words(record.get("status")),
            error=ProviderError(code, None) if code and code != _HTTP_OK else None,
            data=facts,
            time=moment(record.get("disconnectionAt")),
        )
    ]


# Keys of events that nobody taught us that must not travel: tokens and keys of the provider.
_SECRET: Final = frozenset({"token", "apikey", "apiKey", "hash", "secret", "password", "creds"})


def other(event: Event, record: dict[str, Any]) -> list[Item]:
    """An event that nobody taught us, with its data as sent."""
    facts = {name: fact for name, fact in record.items() if name not in _SECRET}
    jid = _jid(record, "remoteJid", "chatId")
    return [_about(event, "other", jid=jid, people=aliases([jid]), status=words(record.get("status")), data=facts)]


def _jid(record: dict[str, Any], *names: str) -> str | None:
    """The first of the names that holds a JID; a bare phone number only when none does (`id` may be a row's)."""
    found = [text for name in names if (text := bare(record.get(name)))]
    return next((jid for jid in found if "@" in jid), None) or next((jid for jid in found if alias(jid)), None)


def _member(value: object) -> str | None:
    member = mapping(value)
    return bare(first_words(member.get("phoneNumber"), member.get("jid"), member.get("id")) if member else value)


def _as_group(item: Item) -> Item:
    return replace(item, group=True)


def _about(
    event: Event,
    kind: str,
    *,
    jid: str | None = None,
    people: tuple[Alias, ...] = (),
    status: str | None = None,
    error: ProviderError | None = None,
    data: dict[str, Any] | None = None,
    time: Any = None,
    provider_id: str | None = None,
) -> Item:
    ours = alias(event.owner)
    return Item(
        kind=kind,
        provider_id=provider_id,
        conversation=jid,
        group=is_group(jid),
        sender_aliases=tuple(person for person in people if person != ours),
        timestamp=time,
        status=status,
        error=error,
        data={**known(instance=event.instance), **(data or {})},
        raw_kind=event.raw,
    )
