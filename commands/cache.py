"""Live streams at the writer's own tip, the least recently used thrown out first."""

from __future__ import annotations

from typing import Final

from domain.kernel.stream import Stream

STREAM_BYTES: Final = 4096
"""Estimate of a stream without its past: the object, its dictionaries, its ids."""

EVENT_BYTES: Final = 256
"""Estimate of what each event leaves in its stream's state. Generous: most leave a number or nothing."""


def size_of(stream: Stream) -> int:
    """Estimated bytes. By version, because measuring a live object graph costs more than deciding."""
    return STREAM_BYTES + EVENT_BYTES * stream.version


class Cache:
    """Streams by name. size: estimated bytes, brought up to date by `put`."""

    def __init__(self) -> None:
        self.size = 0
        self._streams: dict[str, Stream] = {}  # oldest use first
        self._sizes: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._streams

    def __len__(self) -> int:
        return len(self._streams)

    def get(self, name: str) -> Stream | None:
        """The stream, now the most recently used one."""
        stream = self._streams.pop(name, None)
        if stream is not None:
            self._streams[name] = stream
        return stream

    def put(self, stream: Stream) -> None:
        """Adds it, or notes that it has grown."""
        name, size = stream.id, size_of(stream)
        self._streams.pop(name, None)
        self._streams[name] = stream
        self.size += size - self._sizes.get(name, 0)
        self._sizes[name] = size

    def evict(self, name: str) -> None:
        if self._streams.pop(name, None) is not None:
            self.size -= self._sizes.pop(name)

    def trim(self, limit: int) -> None:
        """Evicts until at most `limit` bytes are left."""
        while self.size > limit and self._streams:
            self.evict(next(iter(self._streams)))

    def clear(self) -> None:
        self._streams.clear()
        self._sizes.clear()
        self.size = 0
