"""What can be done to a log by whoever may write every disk of it, but has not the signer's key.

A harm takes the log (records of each partition, checkpoints of the topic) and says where the first record stands that
is not what, or not where, it was. Offsets are given anew or left with a hole, as it comes: a file can be rewritten.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.kernel.actor import NORMALISER
from eventlog.assemble import build_commit
from eventlog.chain import HEADER, Headers, Link, commit_hash
from eventlog.checkpoint import Signed
from eventlog.model import Commit, EpochClosed, LogRecord, Outgoing
from eventlog.reader import Reader, link_of
from proof.tampering.log import BEGAN, PLACE, SignedLog, sign


@dataclass(frozen=True, slots=True)
class Harmed:
    """The log afterwards. places: (partition, offset) of the first record that is wrong, of each partition touched."""

    records: tuple[tuple[LogRecord, ...], ...]
    lines: tuple[Signed, ...]
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A commit that counts, picked at random. at: index of its first record in the partition's list."""

    partition: int
    commit: Commit
    number: int
    at: int

    @property
    def size(self) -> int:
        return len(self.commit.records)


Harm = Callable[[SignedLog, random.Random], Harmed]


def _spot(log: SignedLog, rng: random.Random, *, least: int = 0, spare: int = 0) -> Spot:
    """least: not before the commit of this number. spare: so many commits must come after it."""
    partition = rng.randrange(PLACE.partitions)
    commits = log.commits[partition]
    number = rng.randrange(least, len(commits) - spare)
    commit = commits[number]
    return Spot(partition, commit, number, log.records[partition].index(commit.records[0]))


def _with(log: SignedLog, spot: Spot, records: Sequence[LogRecord], *places: int) -> Harmed:
    every = tuple(tuple(records) if n == spot.partition else own for n, own in enumerate(log.records))
    return Harmed(every, log.lines, tuple((spot.partition, place) for place in places or (spot.commit.first_offset,)))


def _offsets(records: Sequence[LogRecord], rng: random.Random, *, always: bool = False) -> list[LogRecord]:
    """New offsets, or the old ones with their hole."""
    if not always and rng.random() < 0.5:
        return list(records)
    return [record._replace(offset=offset) for offset, record in enumerate(records)]


def _flipped(content: bytes, rng: random.Random) -> bytes:
    """Other bytes: one flipped, one more, one less, or all of them others'."""
    at = rng.randrange(len(content))
    match rng.randrange(4):
        case 0:
            return content + bytes([rng.randrange(256)])
        case 1 if len(content) > 1:
            return content[:at] + content[at + 1 :] if content[at : at + 1] != content[at + 1 :] else content[:-1]
        case 2:
            return bytes(byte ^ 0x55 for byte in content)
        case _:
            return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def _edit(log: SignedLog, rng: random.Random, change: Callable[[LogRecord], LogRecord]) -> Harmed:
    spot = _spot(log, rng)
    records = list(log.records[spot.partition])
    at = spot.at + rng.randrange(spot.size)
    changed = change(records[at])
    assert changed != records[at], "a harm that changes nothing"
    records[at] = changed
    return _with(log, spot, records, changed.offset)


def edit_key(log: SignedLog, rng: random.Random) -> Harmed:
    return _edit(log, rng, lambda record: record._replace(key=_flipped(record.key, rng)))


def edit_value(log: SignedLog, rng: random.Random) -> Harmed:
    return _edit(log, rng, lambda record: record._replace(value=_flipped(record.value, rng)))


def edit_header(log: SignedLog, rng: random.Random) -> Harmed:
    """A header's content or name; one more, one less; two in another order."""

    def change(record: LogRecord) -> LogRecord:
        headers = list(record.headers)
        at = rng.randrange(len(headers))
        name, content = headers[at]
        match rng.randrange(5):
            case 0:
                headers[at] = (name + "x", content)
            case 1:
                headers.append(("ce_extra", b"1"))
            case 2:
                headers.pop(at)
            case 3:
                headers[at - 1], headers[at] = headers[at], headers[at - 1]
            case _:
                headers[at] = (name, _flipped(content, rng))
        return record._replace(headers=tuple(headers))

    return _edit(log, rng, change)


def edit_link(log: SignedLog, rng: random.Random) -> Harmed:
    """Another well-formed link in every record of a commit: it is the commit of another command, or follows another."""
    spot = _spot(log, rng)
    link = _link(spot.commit)
    last = log.commits[spot.partition][-1].command_offset
    changed: Link = rng.choice(
        [
            link._replace(epoch=link.epoch + 1),
            link._replace(command_offset=link.command_offset + rng.randrange(1, 4)),
            link._replace(command_offset=last + rng.randrange(1, 3)),
            link._replace(command_offset=10**18),
            link._replace(prev=_flipped(link.prev[:31], rng)[:31].ljust(31, b"\0") + bytes([link.prev[31] ^ 1])),
        ]
    )
    records = list(log.records[spot.partition])
    for i in range(spot.size):
        records[spot.at + i] = _linked(records[spot.at + i], changed._replace(i=i))
    return _with(log, spot, records)


def remove(log: SignedLog, rng: random.Random) -> Harmed:
    """A record, a commit, or some commits in a row, out of the middle."""
    spot = _spot(log, rng, spare=1)
    records = list(log.records[spot.partition])
    match rng.randrange(3):
        case 0:
            at, count = spot.at + rng.randrange(spot.size), 1
        case 1:
            at, count = spot.at, spot.size
        case _:
            at, count = spot.at, max(spot.size, rng.randrange(1, len(records) - spot.at + 1))
    gone = records[at].offset
    del records[at : at + count]
    return _with(log, spot, _offsets(records, rng), gone)


def reorder(log: SignedLog, rng: random.Random) -> Harmed:
    """Two commits change places, or two records of one commit."""
    spot = _spot(log, rng, spare=1)
    records = list(log.records[spot.partition])
    if spot.size > 1 and rng.random() < 0.5:
        first, second = sorted(rng.sample(range(spot.at, spot.at + spot.size), 2))
        records[first], records[second] = records[second], records[first]
        return _with(log, spot, _offsets(records, rng, always=True), first)
    commits = log.commits[spot.partition]
    other = commits[rng.randrange(spot.number + 1, len(commits))]
    at = records.index(other.records[0])
    moved = [*records[: spot.at], *other.records, *records[spot.at + spot.size : at], *spot.commit.records]
    moved += records[at + len(other.records) :]
    return _with(log, spot, _offsets(moved, rng, always=True), spot.at)


def cut(log: SignedLog, rng: random.Random) -> Harmed:
    """The end is gone, perhaps in the middle of a commit."""
    spot = _spot(log, rng)
    at = spot.at + rng.randrange(spot.size)
    records = log.records[spot.partition][:at]
    return _with(log, spot, records, log.records[spot.partition][at].offset)


def swap_partitions(log: SignedLog, rng: random.Random) -> Harmed:
    """Two partitions as a whole, or from one commit of each on, or one commit of each."""
    one, two = rng.sample(range(PLACE.partitions), 2)
    mine, theirs = log.records[one], log.records[two]
    match rng.randrange(3):
        case 0:
            at = other = 0
            new_one, new_two = theirs, mine
        case 1:
            at, other = (_start(log, partition, rng) for partition in (one, two))
            new_one, new_two = (*mine[:at], *theirs[other:]), (*theirs[:other], *mine[at:])
        case _:
            at, other = (_start(log, partition, rng) for partition in (one, two))
            size, others = _size(log, one, at), _size(log, two, other)
            new_one = (*mine[:at], *theirs[other : other + others], *mine[at + size :])
            new_two = (*theirs[:other], *mine[at : at + size], *theirs[other + others :])
    every = list(log.records)
    for partition, records in ((one, new_one), (two, new_two)):
        every[partition] = tuple(
            record._replace(partition=partition, offset=offset) for offset, record in enumerate(records)
        )
    return Harmed(tuple(every), log.lines, ((one, at), (two, other)))


def insert(log: SignedLog, rng: random.Random) -> Harmed:
    """A commit that never was, well linked to what stands before it; or the end of the epoch."""
    spot = _spot(log, rng)
    link = _link(spot.commit)
    if rng.random() < 0.3:
        event = spot.commit.events[0] if spot.commit.events else None
        closed = EpochClosed(
            command_id=event.meta.command_id if event else "0" * 8 + "-0000-4000-8000-" + "0" * 12,
            actor=NORMALISER.without_grant(),
            at=BEGAN,
            next_epoch=1,
            partitions=6,
        )
        made: Sequence[Outgoing] = build_commit(link.prev, 0, link.command_offset, closed).records
    else:
        value = _flipped(spot.commit.records[0].value, rng)
        headers = (*spot.commit.records[0].headers[:-1], (HEADER, link._replace(i=0, n=1).text()))
        made = [Outgoing(spot.commit.records[0].key, value, headers)]
    records = list(log.records[spot.partition])
    records[spot.at : spot.at] = [LogRecord(spot.partition, 0, 0, *record) for record in made]
    return _with(log, spot, _offsets(records, rng, always=True), spot.at)


def rechain(log: SignedLog, rng: random.Random) -> Harmed:
    """From one commit on all is written anew: that one altered, left out, or a new one before it; the rest linked to
    it as if it had always been so. Nothing inside of the log tells."""
    spot = _spot(log, rng)
    rest: list[list[LogRecord]] = [list(commit.records) for commit in log.commits[spot.partition][spot.number :]]
    match rng.randrange(3):
        case 0:
            altered = rest[0][0]
            rest[0][0] = altered._replace(value=_flipped(altered.value, rng))
        case 1 if len(rest) > 1:
            del rest[0]
        case _:
            rest.insert(0, [rest[0][0]._replace(headers=_one(rest[0][0].headers))])
    head, last = spot.commit.prev, _link(spot.commit).command_offset - 1
    records = list(log.records[spot.partition][: spot.at])
    for commit in rest:
        last += 1
        linked = [_linked(record, Link(0, last, i, len(commit), head)) for i, record in enumerate(commit)]
        head = commit_hash(head, ((record.key, record.value, record.headers) for record in linked))
        records += linked
    return _with(log, spot, _offsets(records, rng, always=True), spot.at)


def roll_back(log: SignedLog, rng: random.Random) -> Harmed:
    """Log and checkpoints as they were at an earlier moment: a restored backup, or somebody who wants it forgotten."""
    kept = rng.randrange(0, len(log.lines) - 1)
    last = log.lines[kept].checkpoint
    every = [
        own[: head.anchor.next_offset] if own[head.anchor.next_offset :] else own
        for own, head in zip(log.records, last.heads, strict=True)
    ]
    places = tuple(
        (head.anchor.partition, head.anchor.next_offset)
        for head, whole in zip(last.heads, log.commits, strict=True)
        if head.size < len(whole)
    )
    return Harmed(tuple(every), log.lines[: kept + 1], places)


def rechain_and_sign(log: SignedLog, rng: random.Random) -> Harmed:
    """Written anew, and the topic of checkpoints too, by a signer of one's own."""
    harmed = rechain(log, rng)
    readers = [Reader(anchor) for anchor in PLACE.genesis()]
    commits = tuple(tuple(reader.feed(own)) for reader, own in zip(readers, harmed.records, strict=True))
    lines = sign(Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)), commits)
    return Harmed(harmed.records, tuple(lines), harmed.places)


HARMS: Final[tuple[Harm, ...]] = (
    edit_key,
    edit_value,
    edit_header,
    edit_link,
    remove,
    reorder,
    cut,
    swap_partitions,
    insert,
    rechain,
    roll_back,
    rechain_and_sign,
)


def _link(commit: Commit) -> Link:
    link = link_of(commit.records[0])
    assert link is not None
    return link


def _linked(record: LogRecord, link: Link) -> LogRecord:
    return record._replace(headers=(*record.headers[:-1], (HEADER, link.text())))


def _one(headers: Headers) -> Headers:
    """Those of another event: its id is one more."""
    return tuple((name, content + b"0" if name == "ce_id" else content) for name, content in headers)


def _start(log: SignedLog, partition: int, rng: random.Random) -> int:
    commit = rng.choice(log.commits[partition])
    return log.records[partition].index(commit.records[0])


def _size(log: SignedLog, partition: int, at: int) -> int:
    first = log.records[partition][at]
    return next(len(commit.records) for commit in log.commits[partition] if commit.records[0] == first)
