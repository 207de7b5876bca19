"""Live streams at the writer's own tip, the least recently used thrown out first."""

from __future__ import annotations

from typing import Final

from domain.kernel.stream import Stream

STREAM_BYTES: Final = 4096
"""Estimate of a stream without its past: the object, its dictionaries, its ids."""

EVENT_BYTES: Final = 256
"""Estimate of what each event leaves in its stream's state. Generous: most leave a number or nothing."""


Key = tuple[str, str]
"""(journey, stream name)."""


def size_of(stream: Stream) -> int:
    """Estimated bytes. By version, because measuring a live object graph costs more than deciding."""
    return STREAM_BYTES + EVENT_BYTES * stream.version


class Cache:
    """Streams by (journey, name): a name in another journey is another stream. size: estimated bytes, by `put`."""

    def __init__(self) -> None:
        self.size = 0
        self._streams: dict[Key, Stream] = {}  # oldest use first
        self._sizes: dict[Key, int] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._streams

    def __len__(self) -> int:
        return len(self._streams)

    def get(self, key: Key) -> Stream | None:
        """The stream, now the most recently used one."""
        stream = self._streams.pop(key, None)
        if stream is not None:
            self._streams[key] = stream
        return stream

    def put(self, journey: str, stream: Stream) -> None:
        """Adds it, or notes that it has grown."""
        key, size = (journey, stream.id), size_of(stream)
        self._streams.pop(key, None)
        self._streams[key] = stream
        self.size += size - self._sizes.get(key, 0)
        self._sizes[key] = size

    def evict(self, key: Key) -> None:
        if self._streams.pop(key, None) is not None:
            self.size -= self._sizes.pop(key)

    def trim(self, limit: int) -> None:
        """Evicts until at most `limit` bytes are left."""
        while self.size > limit and self._streams:
            self.evict(next(iter(self._streams)))

    def clear(self) -> None:
        self._streams.clear()
        self._sizes.clear()
        self.size = 0
