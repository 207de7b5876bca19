"""The inside of a WhatsApp message: from Baileys' `message` object to words, media and facts.

The type is the key that is there and known, never `messageType` (bridges send one that disagrees) and never the first
key (often `messageContextInfo`). Wrappers (disappearing, view once, caption) are opened first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from domain.kernel.items import Media, Reaction
from gateways.evolution.media import read_media, sniffed_mime
from gateways.values import mapping, words

# `{<wrapper>: {"message": {…the message…}}}`, from Baileys' normalizeMessageContent plus what Evolution passes on.
_WRAPPERS: Final = frozenset(
    "ephemeralMessage viewOnceMessage viewOnceMessageV2 viewOnceMessageV2Extension documentWithCaptionMessage "
    "editedMessage deviceSentMessage lottieStickerMessage groupMentionedMessage botInvokeMessage "
    "associatedChildMessage groupStatusMessage groupStatusMessageV2 pollCreationMessageV4 commentMessage".split()
)
_VIEW_ONCE: Final = frozenset({"viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension"})
_MAX_WRAPPERS: Final = 8  # real ones nest two deep; the bound keeps a hostile body from looping for long

# Keys beside the type that are not a type.
_COMPANIONS: Final = frozenset(
    "messageContextInfo senderKeyDistributionMessage fastRatchetKeySenderKeyDistributionMessage base64 mediaUrl "
    "contextInfo speechToText documentText".split()
)


@dataclass(frozen=True, slots=True)
class Content:
    """What a `message` object says. `context` is its contextInfo: quote, advert, forwarding."""

    kind: str
    raw_kind: str | None = None
    text: str | None = None
    media: tuple[Media, ...] = ()
    reaction: Reaction | None = None
    target_id: str | None = None
    edited_at: object = None
    data: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """One typed part of a message: its key, its value, the message around it and the record around that."""

    name: str
    value: dict[str, Any]
    message: dict[str, Any]
    record: dict[str, Any]


Reader = Callable[[Node], Content]


def unwrap(message: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """The innermost message and the wrappers it stood in. Inline files beside a wrapper stay beside the message."""
    opened: set[str] = set()
    for _ in range(_MAX_WRAPPERS):
        name = next((key for key in message if key in _WRAPPERS and mapping(message[key]).get("message")), None)
        inner = mapping(mapping(message[name]).get("message")) if name else {}
        if name is None or not inner:
            break
        opened.add(name)
        kept: dict[str, Any] = {key: message[key] for key in ("base64", "mediaUrl", "contextInfo") if key in message}
        message = {**kept, **inner}
    return message, frozenset(opened)


def message_type(message: dict[str, Any], readers: dict[str, Reader]) -> str | None:
    """The key that carries the content: a known one before an unknown one, bare `conversation` last."""
    present = [key for key, value in message.items() if key not in _COMPANIONS and value not in (None, "")]
    known = [key for key in present if key in readers]
    rich = [key for key in known if key != "conversation"]
    return next(iter(rich or known or present), None)


def read_message(message: object, record: dict[str, Any], readers: dict[str, Reader]) -> Content:
    """The content of a `message` object. `record` is what it stands in (`data`), where inline files may lie."""
    outer = mapping(message)
    inner, wrappers = unwrap(outer)
    name = message_type(inner, readers)
    if name is None:
        return _nothing(outer, record)
    value = inner[name]
    node = Node(name, mapping(value) if not isinstance(value, str) else {"text": value}, inner, record)
    content = readers.get(name, read_unknown)(node)
    extra = {"view_once": True} if wrappers & _VIEW_ONCE or node.value.get("viewOnce") is True else {}
    edited = "editedMessage" in wrappers and content.kind not in ("edit", "delete")
    return Content(
        kind="edit" if edited else content.kind,
        raw_kind=content.raw_kind,
        text=content.text,
        media=() if edited else content.media,
        reaction=content.reaction,
        target_id=content.target_id,
        edited_at=content.edited_at,
        data={**content.data, **extra},
        context={**mapping(inner.get("contextInfo")), **mapping(node.value.get("contextInfo")), **content.context},
    )


def _nothing(outer: dict[str, Any], record: dict[str, Any]) -> Content:
    """A message without content: an empty text, a key exchange, or one that could not be decrypted."""
    stated = words(record.get("messageType"))
    if "conversation" in outer:
        return Content("text", "conversation")
    distribution = next((key for key in outer if key.endswith("KeyDistributionMessage")), None)
    if distribution is not None:
        return Content("system", distribution)
    return Content("unsupported", stated)


def read_unknown(node: Node) -> Content:
    """A type that nobody taught us: it stays visible, with whatever words it holds."""
    names = ("text", "caption", "body", "title", "name", "message")
    found = next((text for name in names if isinstance(text := node.value.get(name), str) and text), None)
    return Content("unsupported", node.name, text=found)


def file_reader(kind: str) -> Reader:
    """A reader of messages that are a file with a caption."""

    def read(node: Node) -> Content:
        value, around = node.value, (node.message, node.record)
        actual = "voice" if kind == "audio" and value.get("ptt") is True else kind
        media = read_media(actual, value, *around)
        sniffed = sniffed_mime(media.mime, value, *around)
        facts = {"mime_sniffed": sniffed} if sniffed else {}
        if value.get("gifPlayback") is True:
            facts["gif"] = "true"
        return Content(actual, node.name, text=words(value.get("caption")), media=(media,), data=facts)

    return read
