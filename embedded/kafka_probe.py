"""Is *our* broker there? One Metadata v2 request by hand: no client library, and no foreign server fools it.

Wire format: Kafka protocol guide, request header v1, Metadata v2 (big-endian; STRING = int16 length + bytes).
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass

_METADATA, _VERSION, _CORRELATION = 3, 2, 7
_CLIENT = b"probe"
# A single broker with no topics asked for answers in under 100 bytes.
_MAX_ANSWER = 64 * 1024
_TIMEOUT_S = 2.0


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def integer(self, code: str) -> int:
        (value,) = struct.unpack_from(">" + code, self.data, self.at)
        self.at += struct.calcsize(">" + code)
        return int(value)

    def string(self) -> str | None:
        length = self.integer("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at].decode()


def request() -> bytes:
    """A Metadata v2 request for no topics, with its length before it."""
    body = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(_CLIENT)) + _CLIENT + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


def parse(answer: bytes) -> tuple[int, str | None]:
    """(number of live brokers, cluster id) of a Metadata v2 answer without its length. Raises `struct.error`."""
    reader = _Reader(answer)
    if reader.integer("i") != _CORRELATION:
        raise struct.error("not an answer to our request")
    brokers = reader.integer("i")
    for _ in range(brokers):
        reader.integer("i")  # node id
        reader.string()  # host
        reader.integer("i")  # port
        reader.string()  # rack
    return brokers, reader.string()


async def _ask(host: str, port: int) -> tuple[int, str | None]:
    stream, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request())
        (length,) = struct.unpack(">i", await stream.readexactly(4))
        if not 0 < length <= _MAX_ANSWER:
            raise struct.error("not a Kafka broker")
        return parse(await stream.readexactly(length))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def cluster_id_at(host: str, port: int) -> str | None:
    """The cluster id that a live, registered broker reports; None when there is none yet, or no Kafka at all."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            brokers, cluster_id = await _ask(host, port)
    except (OSError, TimeoutError, struct.error, asyncio.IncompleteReadError, UnicodeDecodeError):
        return None
    return cluster_id if brokers else None
