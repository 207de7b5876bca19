"""The writer's own reader: one verifier for what it reads and for what it wrote itself."""

from __future__ import annotations

from collections.abc import Iterable

from commands.batch import Sent
from eventlog.codec import Body, Codec
from eventlog.model import Anchor, Commit, LogRecord
from eventlog.reader import Reader


class _OwnBodies(Codec):
    """Knows what our own bytes say: they need not be decoded to be verified. All else is decoded as ever."""

    def __init__(self, codec: Codec) -> None:
        self._inner = codec
        self.known: dict[bytes, Body] = {}

    def decode(self, value: bytes) -> Body:
        body = self.known.get(value)
        return body if body is not None else self._inner.decode(value)


class Verifier:
    """A Reader that is also fed acknowledged records of our own."""

    def __init__(self, anchor: Anchor, codec: Codec) -> None:
        self._own = _OwnBodies(codec)
        self.reader = Reader(anchor, self._own)

    @property
    def anchor(self) -> Anchor:
        """After the last accepted commit."""
        return self.reader.anchor

    @property
    def next_offset(self) -> int:
        """After the last record seen."""
        return self.reader.next_offset

    def read(self, records: Iterable[LogRecord]) -> list[Commit]:
        return self.reader.feed(records)

    def reached(self, position: int) -> None:
        """The log has nothing more to deliver before this offset (control records take offsets silently)."""
        self.reader.next_offset = max(self.reader.next_offset, position)

    def acknowledge(self, sent: Sent) -> bool:
        """Feeds what we wrote, from the place where it lies. Whether the chain is now where we meant it to be."""
        assert sent.offset is not None
        self._own.known = {record.value: body for record, body in zip(sent.records, sent.bodies, strict=True)}
        partition = self.anchor.partition
        self.reader.feed(
            LogRecord(partition, sent.offset + index, 0, *record) for index, record in enumerate(sent.records)
        )
        self._own.known = {}
        return self.anchor.head == sent.head
