"""Files in a message: where they are and what they claim to be; the bytes themselves are never carried on."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from domain.kernel.items import Media
from gateways.values import first_words, integer, number, truth, words

# First bytes of the formats that WhatsApp carries (offset, bytes, MIME type).
_SIGNATURES: Final = (
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
    (8, b"WEBP", "image/webp"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"%PDF", "application/pdf"),
)
_HEAD_CHARS: Final = 32  # base64 characters that hold the first 24 bytes: every signature lies within


def read_media(kind: str, node: dict[str, Any], *around: dict[str, Any]) -> Media:
    """The media of a message node. `around`: the objects beside it that may hold `base64` and `mediaUrl`.

    With S3 on, `mediaUrl` is the readable file; `url` is WhatsApp's encrypted one.
    """
    beside = (node, *around)
    return Media(
        kind=kind,
        mime=words(node.get("mimetype")),
        url=first_words(*(each.get("mediaUrl") for each in beside), node.get("url")),
        base64=_inline(beside) is not None,
        filename=first_words(node.get("fileName"), node.get("filename"), node.get("title"))
        if kind == "document"
        else words(node.get("fileName")),
        size=integer(node.get("fileLength")),
        seconds=number(node.get("seconds")),
        voice=kind == "voice" or (kind == "audio" and truth(node.get("ptt"))),
    )


def sniffed_mime(declared: str | None, node: dict[str, Any], *around: dict[str, Any]) -> str | None:
    """What the inline bytes are, when that is not what was declared (the declared type can be false)."""
    inline = _inline((node, *around))
    if inline is None:
        return None
    found = _signature(inline)
    stated = (declared or "").partition(";")[0].strip().lower()
    return found if found is not None and found != stated else None


def _inline(beside: tuple[dict[str, Any], ...]) -> str | None:
    return next((text for each in beside if isinstance(text := each.get("base64"), str) and text), None)


def _signature(inline: str) -> str | None:
    content = inline.partition(",")[2] if inline.startswith("data:") else inline
    try:
        head = base64.b64decode(content[:_HEAD_CHARS])
    except (binascii.Error, ValueError):
        return None
    return next((mime for offset, magic, mime in _SIGNATURES if head[offset : offset + len(magic)] == magic), None)
