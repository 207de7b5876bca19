"""What may be uploaded, and whether it is what it says: by its first bytes, which is what browsers go by. Pure."""

from __future__ import annotations

import re
from typing import Final

from domain.kernel.errors import InvalidInput

SIGNATURES: Final = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "application/pdf": re.compile(rb"%PDF-"),
}
"""Media type → how its content begins."""

TEXT: Final = "text/plain"
"""Has no signature: UTF-8 without a NUL."""

TYPES: Final = (*SIGNATURES, TEXT)

IMAGES: Final = frozenset(each for each in TYPES if each.startswith("image/"))
"""What a browser may show beside other things: none of them can hold a script that would run (as SVG can)."""


def media_type_of(header: str) -> str:
    """Of `Content-Type`, without its parameters. Raises InvalidInput `media_type_unknown`."""
    media_type = header.partition(";")[0].strip().lower()
    if media_type not in TYPES:
        raise InvalidInput("media_type_unknown", f"Content-Type: one of {', '.join(TYPES)}")
    return media_type


def check_content(media_type: str, content: bytes) -> None:
    """media_type: of `TYPES`. Raises InvalidInput `file_empty`, `content_differs`."""
    if not content:
        raise InvalidInput("file_empty", "body: the content of the file is needed")
    signature = SIGNATURES.get(media_type)
    agrees = _is_text(content) if signature is None else signature.match(content) is not None
    if not agrees:
        raise InvalidInput("content_differs", f"body: it is not {media_type}, as Content-Type says")


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False
