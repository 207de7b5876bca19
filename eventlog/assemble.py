"""Builds the records of one commit: bodies, CloudEvents headers, the chain's links, and the head they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from domain.kernel.command import EventMeta
from domain.kernel.errors import TooLarge
from eventlog.bodies import COMMAND_REFUSED, EPOCH_CLOSED
from eventlog.chain import HEADER, Link, canonical, chained
from eventlog.cloudevents import event_headers, rfc3339
from eventlog.codec import Codec, default_codec, epoch_closed_meta, refusal_meta
from eventlog.model import EpochClosed, Outgoing, Recorded, Refusal
from eventlog.topics import MAX_BATCH_BYTES

BATCH_OVERHEAD: Final = 61
"""Bytes of a record batch's own header (Kafka message format v2)."""

RECORD_OVERHEAD: Final = 32
"""Upper bound of what a record has beyond its canonical bytes: attributes (1), length, offset delta and header count
(5 each), timestamp delta (10). Its other lengths are varints below 2^20: no longer than the canonical 4 bytes."""

MAX_COMMIT_BYTES: Final = MAX_BATCH_BYTES - BATCH_OVERHEAD
"""A commit is one batch, never split. Counted uncompressed: whether it fits must not hang on the compressor."""


class Built(NamedTuple):
    """records: in order, all for one partition, to be sent in one batch. head: the chain's hash after them.

    size: upper bound of the bytes they add to a batch, uncompressed.
    """

    records: tuple[Outgoing, ...]
    head: bytes
    size: int


def build_commit(
    head: bytes,
    epoch: int,
    command_offset: int,
    body: Sequence[Recorded] | Refusal | EpochClosed,
    codec: Codec | None = None,
) -> Built:
    """The commit that answers the command at `command_offset`, linked to `head`.

    Raises TooLarge (`commit_too_large`) when it would not fit one batch: the writer then records a refusal instead.
    The same arguments give the same bytes.
    """
    codec = codec or default_codec()
    bodies = _bodies(body, codec)
    time = rfc3339(bodies[0][1].at)
    records = tuple(
        Outgoing(
            meta.journey.encode(),
            value,
            (
                *event_headers(topic, meta, time),
                (HEADER, Link(epoch, command_offset, index, len(bodies), head).text()),
            ),
        )
        for index, (topic, meta, value) in enumerate(bodies)
    )
    hashed = [canonical(*record) for record in records]
    size = sum(map(len, hashed)) + RECORD_OVERHEAD * len(records)
    if size > MAX_COMMIT_BYTES:
        raise TooLarge("commit_too_large", f"{size} bytes in {len(records)} events, {MAX_COMMIT_BYTES} fit")
    return Built(records, chained(head, hashed), size)


def _bodies(body: Sequence[Recorded] | Refusal | EpochClosed, codec: Codec) -> list[tuple[str, EventMeta, bytes]]:
    if isinstance(body, Refusal):
        return [(COMMAND_REFUSED, refusal_meta(body), codec.encode_refusal(body))]
    if isinstance(body, EpochClosed):
        return [(EPOCH_CLOSED, epoch_closed_meta(body), codec.encode_epoch_closed(body))]
    if not body or any(r.meta.journey != body[0].meta.journey or r.meta.at != body[0].meta.at for r in body[1:]):
        raise ValueError("the events of a commit have one journey and one time, and there is at least one")
    return [(r.event.TOPIC, r.meta, codec.encode_event(r.meta, r.event)) for r in body]
