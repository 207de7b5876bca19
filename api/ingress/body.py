"""Reading a body off an ASGI connection, never more of it than the limit, unpacked or not."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from domain.kernel.errors import InvalidInput, TooLarge, Unavailable

MAX_BODY: Final = 16 * 1024 * 1024
"""Bytes, packed and unpacked. Above it: 413 and a dead letter (design §5)."""

INLINE_BODY: Final = 512 * 1024
"""Bytes. Larger bodies go to the vault by hash and the log keeps the reference (design §5)."""

BODY_S: Final = 30.0
"""Seconds that a body may take to arrive: 16 MiB at 4.5 Mbit/s. Longer is a connection that is held open."""

GZIP_OR_ZLIB: Final = 47
"""zlib's window bits 15, plus 32: detect gzip or zlib by the header."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Disconnected(Exception):
    """The sender went away before the body was complete: nobody waits for an answer."""


async def read_body(receive: Receive, declared: int | None, *, limit: int = MAX_BODY) -> bytes:
    """The raw bytes. Raises TooLarge as soon as the limit is passed, declared or counted; Disconnected; Unavailable
    `body_too_slow`."""
    if declared is not None and declared > limit:
        raise TooLarge("body_too_large", f"{declared} bytes declared")
    try:
        async with asyncio.timeout(BODY_S):
            return await _read(receive, limit)
    except TimeoutError:
        raise Unavailable("body_too_slow", f"not complete after {BODY_S:g} s") from None


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge("body_too_large", f"more than {limit} bytes")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def unpack(body: bytes, encoding: str) -> bytes:
    """Undoes Content-Encoding, bounded: a bomb is refused after `MAX_BODY` bytes, whatever it claims.

    Raises TooLarge, InvalidInput (`encoding_unknown`, `encoding_broken`).
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise InvalidInput("encoding_unknown", "only gzip and deflate are understood")
    unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        plain = unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        raise InvalidInput("encoding_broken", f"{encoding} does not unpack") from error
    if len(plain) > MAX_BODY or unpacker.unconsumed_tail:
        raise TooLarge("body_too_large", f"unpacks to more than {MAX_BODY} bytes")
    if not unpacker.eof:
        raise InvalidInput("encoding_broken", f"{encoding} ends too early")
    return plain
