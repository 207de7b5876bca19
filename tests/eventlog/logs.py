"""A pretended partition: commits of several writers, laid down as Kafka would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventlog.assemble import Built, build_commit
from eventlog.codec import Codec
from eventlog.model import Anchor, LogRecord, Outgoing, Recorded
from tests.eventlog.samples import left

CLUSTER, TOPIC, PARTITION = "cluster", "legion.events", 3


def origin(epoch: int = 0, next_offset: int = 0) -> Anchor:
    return Anchor.genesis(cluster_id=CLUSTER, topic=TOPIC, partition=PARTITION, epoch=epoch, next_offset=next_offset)


class Partition:
    """Appends records and gives them offsets."""

    def __init__(self) -> None:
        self.records: list[LogRecord] = []
        self.next_offset = 0

    def append(self, records: Iterable[Outgoing]) -> int:
        """Returns the offset of the first one."""
        first = self.next_offset
        for record in records:
            self.records.append(LogRecord(PARTITION, self.next_offset, 1_764_000_000_000, *record))
            self.next_offset += 1
        return first

    def gap(self) -> None:
        """A control record: takes an offset, is never delivered."""
        self.next_offset += 1


def commit_of(head: bytes, command: int, codec: Codec, *, size: int = 1, epoch: int = 0) -> Built:
    """The commit of `size` events that the command at this offset causes."""
    return build_commit(head, epoch, command, events_of(command, size), codec)


def events_of(command: int, size: int) -> Sequence[Recorded]:
    return [left(command, index, version=index + 1) for index in range(size)]
