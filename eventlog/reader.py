"""The reader core, used by every consumer of [events]: records in, accepted commits out. No I/O.

The rule (design §2): a commit counts only if it is complete, its `prev` is the head, and its command offset is
greater than the last one. Anything else is void: counted, never applied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

from domain.kernel.errors import Corrupt, Poison
from eventlog.chain import HEADER, Link, commit_hash, parse_link
from eventlog.codec import Body, Codec, default_codec
from eventlog.model import Anchor, Commit, EpochClosed, LogRecord, Recorded, Refusal


class Void(StrEnum):
    """Why records do not count."""

    MALFORMED = "malformed"  # no single well-formed `chain` header, or an empty key or value
    TORN = "torn"  # not all n records of a commit, one after the other
    FOREIGN_EPOCH = "foreign_epoch"  # of another epoch, or after this one was closed
    FOREIGN_PREV = "foreign_prev"  # does not continue the chain: a zombie's, or an abandoned producer's
    STALE_COMMAND = "stale_command"  # continues the chain, but its command was already answered


class Reader:
    """Verifies one partition forward from a trusted anchor.

    anchor: after the last accepted commit. next_offset: after the last record seen. voids: records by reason.
    """

    def __init__(self, anchor: Anchor, codec: Codec | None = None) -> None:
        self.anchor = anchor
        self.next_offset = anchor.next_offset
        self.voids: Counter[Void] = Counter()
        self.closed = False
        self._codec = codec or default_codec()
        self._open: list[LogRecord] = []
        self._link: Link | None = None

    def feed(self, records: Iterable[LogRecord]) -> list[Commit]:
        """The commits that these records complete, in order.

        Records must come in the order of their offsets; those already seen are skipped. Gaps are fine (control records
        and such take an offset and are never delivered). What begins a commit and is not complete yet is kept.
        """
        accepted: list[Commit] = []
        for record in records:
            if record.offset < self.next_offset:
                continue
            if record.partition != self.anchor.partition:
                raise ValueError(f"a record of partition {record.partition} for the reader of {self.anchor.partition}")
            self.next_offset = record.offset + 1
            commit = self._take(record)
            if commit is not None:
                accepted.append(commit)
        return accepted

    def _take(self, record: LogRecord) -> Commit | None:
        link = link_of(record)
        if self._open and not (link is not None and self._continues(link, record)):
            self.voids[Void.TORN] += len(self._open)
            self._open = []
        if link is None:
            self.voids[Void.MALFORMED] += 1
            return None
        if not self._open and link.i != 0:
            self.voids[Void.TORN] += 1
            return None
        self._open.append(record)
        self._link = link
        return self._judge(link) if len(self._open) == link.n else None

    def _continues(self, link: Link, record: LogRecord) -> bool:
        last = self._open[-1]
        return (
            self._link is not None
            and link == self._link._replace(i=len(self._open))
            and record.offset == last.offset + 1
            and record.key == last.key
        )

    def _judge(self, link: Link) -> Commit | None:
        """The rule, on a complete commit."""
        records, self._open = tuple(self._open), []
        anchor = self.anchor
        if link.epoch != anchor.epoch or self.closed:
            why = Void.FOREIGN_EPOCH
        elif link.prev != anchor.head:
            why = Void.FOREIGN_PREV
        elif link.command_offset <= anchor.last_command_offset:
            why = Void.STALE_COMMAND
        else:
            return self._accept(link, records)
        self.voids[why] += len(records)
        return None

    def _accept(self, link: Link, records: tuple[LogRecord, ...]) -> Commit:
        bodies, why = self._bodies(records)
        single = bodies[0] if len(bodies) == 1 else None
        commit = Commit(
            epoch=link.epoch,
            partition=self.anchor.partition,
            first_offset=records[0].offset,
            next_offset=records[-1].offset + 1,
            command_offset=link.command_offset,
            prev=link.prev,
            head=_hash(link.prev, records),
            journey=records[0].key.decode(errors="replace"),
            events=tuple(body for body in bodies if isinstance(body, Recorded)),
            refusal=single if isinstance(single, Refusal) else None,
            closed=single if isinstance(single, EpochClosed) else None,
            undecodable=why,
            records=records,
        )
        self.anchor = self.anchor.after(commit)
        self.closed = commit.closed is not None
        return commit

    def _bodies(self, records: Sequence[LogRecord]) -> tuple[list[Body], str | None]:
        """What the records say, or nothing and the code of why they cannot be read: all of a commit or none."""
        try:
            bodies = [self._codec.decode(record.value) for record in records]
        except Poison as error:
            return [], error.code
        if len(bodies) > 1 and not all(isinstance(body, Recorded) for body in bodies):
            return [], "mixed_commit"
        journeys = {body.meta.journey if isinstance(body, Recorded) else _journey(body) for body in bodies}
        if journeys - {None} - {records[0].key.decode(errors="replace")}:
            return [], "journey_mismatch"
        return bodies, None


def _journey(body: Refusal | EpochClosed) -> str | None:
    return body.journey if isinstance(body, Refusal) else None


def _hash(prev: bytes, records: Iterable[LogRecord]) -> bytes:
    return commit_hash(prev, ((record.key, record.value, record.headers) for record in records))


def link_of(record: LogRecord) -> Link | None:
    """The record's link; None if it has no single well-formed one, or an empty key or value."""
    if not record.key or not record.value:
        return None
    texts = [value for name, value in record.headers if name == HEADER]
    return parse_link(texts[0]) if len(texts) == 1 else None


def recheck(anchor: Anchor, records: Iterable[LogRecord]) -> None:
    """Hashes the anchored commit again. records: read from `anchor.commit_offset` on, in order, at least its own.

    Raises Corrupt when the log no longer holds, at that place, the commit that the anchor was made from: it was
    restored, truncated or replaced. At genesis there is nothing to check.
    """
    if anchor.is_genesis:
        return
    own = [record for record in records if anchor.commit_offset <= record.offset < anchor.next_offset]
    if [record.offset for record in own] != list(range(anchor.commit_offset, anchor.next_offset)):
        raise Corrupt("anchor_missing", f"partition {anchor.partition} offset {anchor.commit_offset}")
    if _hash(anchor.commit_prev, own) != anchor.head:
        raise Corrupt("anchor_mismatch", f"partition {anchor.partition} offset {anchor.commit_offset}")
