"""Compression of HTTP bodies: lz4 (frame), zstd, gzip, deflate. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

import cramjam

from embedded.clickhouse.errors import BAD_ARGUMENTS, NOT_IMPLEMENTED, refused


class Encoder(Protocol):
    """A body compressed part by part; `encode` may hold bytes back until `finish`."""

    def encode(self, part: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class Plain:
    """No compression."""

    def encode(self, part: bytes) -> bytes:
        return part

    def finish(self) -> bytes:
        return b""


class Frames:
    """One of cramjam's streaming compressors."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._compressor = make()

    def encode(self, part: bytes) -> bytes:
        self._compressor.compress(part)  # type: ignore[attr-defined]  # cramjam has no types
        return bytes(self._compressor.flush())  # type: ignore[attr-defined]  # as above

    def finish(self) -> bytes:
        return bytes(self._compressor.finish())  # type: ignore[attr-defined]  # as above


# In order of preference: fastest first.
ENCODERS: dict[str, Callable[[], object]] = {
    "lz4": cramjam.lz4.Compressor,
    "zstd": cramjam.zstd.Compressor,
    "gzip": cramjam.gzip.Compressor,
}
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "lz4": lambda body: bytes(cramjam.lz4.decompress(body)),
    "zstd": lambda body: bytes(cramjam.zstd.decompress(body)),
    "gzip": lambda body: zlib.decompress(body, wbits=zlib.MAX_WBITS | 16),
    "deflate": zlib.decompress,
}


def choose(accept_encoding: str) -> str | None:
    """The encoding to answer in: the fastest that the client names (q-values are not weighed, q=0 excludes)."""
    offers = [part.replace(" ", "").lower() for part in accept_encoding.split(",")]
    accepted = {offer.split(";")[0] for offer in offers if not offer.endswith(";q=0")}
    return next((name for name in ENCODERS if name in accepted), None)


def encoder(name: str | None) -> Encoder:
    """A fresh encoder; None for no compression."""
    return Plain() if name is None else Frames(ENCODERS[name])


def decode(body: bytes, encoding: str) -> bytes:
    """The body as it was before compression. Raises `ClickHouseError`."""
    known = DECODERS.get(encoding.strip().lower())
    if known is None:
        raise refused(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", f"Content-Encoding {encoding!r} is not supported")
    try:
        return known(body)
    except (cramjam.DecompressionError, zlib.error) as broken:
        raise refused(BAD_ARGUMENTS, "BAD_ARGUMENTS", f"the body is not {encoding}: {broken}") from broken
