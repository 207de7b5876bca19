"""What the log is made of, as plain values: positions, records, commits, anchors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from domain.kernel.actor import Actor
from domain.kernel.command import CommandMeta, EventMeta
from domain.kernel.event import Event
from eventlog.chain import genesis
from eventlog.merkle import leaf_hash


class Position(NamedTuple):
    """A place in the log. Ordered within one partition only: partitions have no order among each other.

    epoch: grows when the topic is partitioned anew (`EpochClosed`). offset: Kafka's, from 0.
    """

    epoch: int
    partition: int
    offset: int


class LogRecord(NamedTuple):
    """One Kafka record as any client delivers it. `timestamp_ms`: LogAppendTime, Unix milliseconds.

    A null key or value arrives here as b"" (the chain rule refuses both: nothing of ours is empty).
    """

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Outgoing(NamedTuple):
    """One record before the log has given it an offset."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log, with its envelope."""

    meta: EventMeta
    event: Event

    @property
    def stream(self) -> str:
        return self.meta.stream

    @property
    def at(self) -> datetime:
        return self.meta.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The record of a command that was refused. Changes no stream; answers the command id for ever.

    stream: the first stream that the command was routed to, None if it could not be routed (undecodable, unknown).
    detail: for people, free of personal data.
    """

    command_id: str
    command_topic: str
    journey: str
    tenant: str
    code: str
    detail: str
    actor: Actor
    at: datetime
    stream: str | None = None
    causation: str | None = None
    correlation: str | None = None
    traceparent: str | None = None

    @classmethod
    def of(
        cls, meta: CommandMeta, *, topic: str, code: str, detail: str, at: datetime, stream: str | None = None
    ) -> Self:
        """The refusal of the command whose envelope is `meta`."""
        return cls(
            command_id=meta.command_id,
            command_topic=topic,
            journey=meta.journey,
            tenant=meta.tenant,
            code=code,
            detail=detail,
            actor=meta.actor.without_grant(),
            at=at,
            stream=stream,
            causation=meta.causation,
            correlation=meta.correlation,
            traceparent=meta.traceparent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochClosed:
    """The last commit of a partition in its epoch: the log goes on in `next_epoch` with `partitions` partitions."""

    command_id: str
    actor: Actor
    at: datetime
    next_epoch: int
    partitions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What one command did, accepted by the chain rule.

    Exactly one of these says what it is: `events` (1..n, event i stands at offset `first_offset + i`), `refusal`,
    `closed` (the epoch ends here) or `undecodable` (the chain is whole, a body is not readable: the reason's code;
    consumers quarantine the journey and go on).
    prev, head: 32 bytes, the chain's hash before and after. command_offset: where its command stands in [commands].
    records: the raw records, for the journal. size: bytes of the keys, values and headers.
    """

    epoch: int
    partition: int
    first_offset: int
    next_offset: int
    command_offset: int
    prev: bytes
    head: bytes
    journey: str
    events: tuple[Recorded, ...] = ()
    refusal: Refusal | None = None
    closed: EpochClosed | None = None
    undecodable: str | None = None
    records: tuple[LogRecord, ...] = ()

    @property
    def position(self) -> Position:
        """Where its first record stands."""
        return Position(self.epoch, self.partition, self.first_offset)

    @property
    def command_id(self) -> str | None:
        """The command that this commit answers; None if its bodies cannot be read."""
        if (single := self.refusal or self.closed) is not None:
            return single.command_id
        return self.events[0].meta.command_id if self.events else None

    @property
    def leaf(self) -> bytes:
        """Its leaf in the partition's Merkle tree."""
        return leaf_hash(self.head)

    @property
    def size(self) -> int:
        """Bytes of keys, values and headers."""
        return sum(
            len(r.key) + len(r.value) + sum(len(name) + len(value) for name, value in r.headers) for r in self.records
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A trusted place of the chain from which a reader verifies forward. Kept with each projection's position.

    next_offset: the first record not yet covered. head: the hash after the last accepted commit.
    last_command_offset: of that commit, -1 before the first. commit_offset, commit_prev: the first offset of that
    commit and the hash before it, to read and hash it again at start (`reader.recheck`); -1 and b"" at genesis.
    """

    epoch: int
    partition: int
    next_offset: int
    head: bytes
    last_command_offset: int
    commit_offset: int
    commit_prev: bytes

    @classmethod
    def genesis(cls, *, cluster_id: str, topic: str, partition: int, epoch: int = 0, next_offset: int = 0) -> Self:
        """The anchor of an empty partition: its head binds cluster, topic, partition and epoch.

        next_offset: where the epoch begins; 0 but for a partition that lived in an earlier epoch.
        """
        return cls(
            epoch=epoch,
            partition=partition,
            next_offset=next_offset,
            head=genesis(cluster_id, topic, partition, epoch),
            last_command_offset=-1,
            commit_offset=-1,
            commit_prev=b"",
        )

    @property
    def is_genesis(self) -> bool:
        return self.commit_offset < 0

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.partition, self.next_offset)

    def after(self, commit: Commit) -> Anchor:
        """The anchor that the accepted commit leads to."""
        return Anchor(
            epoch=commit.epoch,
            partition=commit.partition,
            next_offset=commit.next_offset,
            head=commit.head,
            last_command_offset=commit.command_offset,
            commit_offset=commit.first_offset,
            commit_prev=commit.prev,
        )
