"""One process's share of `legion audit verify`: some partitions, from genesis to the ends that they have now."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final

from cli.log import quiet
from domain.kernel.errors import LegionError
from eventlog.audit import Finding, Walk
from eventlog.checkpoint import Place, Signed
from eventlog.model import Commit
from eventlog.watchful import WatchfulConsumer

PROGRESS_S: Final = 0.5

PATIENCE_S: Final = 5.0
"""How long an end that does not link to the chain may be a writer that decides anew: it takes a second or two."""

Tell = Callable[[int], object]
"""Gets the records that were walked, so far."""

See = Callable[[int, Sequence[Commit]], object]
"""Gets the commits that count of a partition, in their order."""


@dataclass(slots=True)
class PartitionReport:
    """One partition. head, root: hex, after the last commit. voids: records by reason: harmless, never applied.

    topics: events by type, refusals under CommandRefused.
    """

    partition: int
    commits: int = 0
    events: int = 0
    refusals: int = 0
    undecodable: int = 0
    next_offset: int = 0
    head: str = ""
    root: str = ""
    voids: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """signed: all checkpoints there are. first, last: offsets of the part that is reported, by partition."""

    bootstrap: str
    place: Place
    partitions: tuple[int, ...]
    signed: tuple[Signed, ...]
    first: Mapping[int, int]
    last: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Walked:
    """broken: (code, detail) of what stopped the walk: there are no findings then, and the reports are of a part."""

    reports: list[PartitionReport]
    findings: list[Finding] = field(default_factory=list)
    broken: tuple[str, str] | None = None


def shares(ends: Sequence[int], count: int) -> list[tuple[int, ...]]:
    """The partitions in `count` parts with about as many records each. ends: by partition."""
    records, parts = [0] * count, [list[int]() for _ in range(count)]
    for partition in sorted(range(len(ends)), key=ends.__getitem__, reverse=True):
        least = records.index(min(records))
        records[least] += ends[partition]
        parts[least].append(partition)
    return [tuple(sorted(part)) for part in parts if part]


def _unseen(_partition: int, _commits: Sequence[Commit]) -> None: ...


async def walk(share: Share, tell: Tell, see: See = _unseen) -> Walked:
    """In this process."""
    reports = {number: PartitionReport(number) for number in share.partitions}
    walked = Walk(share.place, share.signed, share.partitions)
    anchors = [walked.grown[number].anchor for number in share.partitions]
    consumer = WatchfulConsumer(share.bootstrap, share.place.topic, anchors, cluster=share.place.cluster)
    try:
        await consumer.start()
        try:
            await _to_the_end(consumer, walked, reports, share, tell, see)
            strays = {number: piece for number in reports if (piece := consumer.stray(number)) is not None}
        finally:
            await consumer.stop()
    except LegionError as error:
        return Walked(list(reports.values()), broken=(error.code, error.detail))
    for number, report in reports.items():
        head = walked.grown[number].head
        report.next_offset, report.head, report.root = head.anchor.next_offset, head.anchor.head.hex(), head.root.hex()
        report.voids = {void.value: amount for void, amount in consumer.voids(number).items()}
    return Walked(list(reports.values()), walked.end(strays))


async def walk_apart(share: Share, tell: Tell) -> Walked:
    """In a process of its own. broken: `worker_died` when that ended before it was done."""
    spawn = multiprocessing.get_context("spawn")  # a forked client of Kafka would share its sockets
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_apart, args=(share, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        return await asyncio.to_thread(_hear, ours, tell)
    except EOFError:
        detail = f"the process that walked partitions {share.partitions} ended before it was done"
        return Walked([PartitionReport(number) for number in share.partitions], broken=("worker_died", detail))
    finally:
        process.kill()  # it is over already, or nobody waits any more
        process.join()


def _apart(share: Share, out: Connection) -> None:
    quiet()
    out.send(asyncio.run(walk(share, out.send)))


def _hear(told: Connection, tell: Tell) -> Walked:
    while True:
        said: int | Walked = told.recv()
        if isinstance(said, Walked):
            return said
        tell(said)


async def _to_the_end(
    consumer: WatchfulConsumer, walked: Walk, reports: Mapping[int, PartitionReport], share: Share, tell: Tell, see: See
) -> None:
    ends = await consumer.end_offsets()
    told, patience = 0.0, time.monotonic() + PATIENCE_S
    while True:
        reached = await consumer.caught_up(ends)
        if reached and (all(map(consumer.goes_on, ends)) or time.monotonic() > patience):
            return
        if not reached:
            patience = time.monotonic() + PATIENCE_S
        for number, commits in (await consumer.poll()).items():
            walked.take(number, commits)
            see(number, commits)
            count(reports[number], commits, share.first.get(number, 0), share.last.get(number))
        if time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            tell(sum(walked.grown[number].anchor.next_offset for number in reports))


def count(report: PartitionReport, commits: Sequence[Commit], first: int, last: int | None) -> None:
    """Those whose first record stands between first and last, both included."""
    for commit in commits:
        if commit.first_offset < first or (last is not None and commit.first_offset > last):
            continue
        report.commits += 1
        report.events += len(commit.events)
        report.undecodable += commit.undecodable is not None
        for recorded in commit.events:
            topic = recorded.event.TOPIC
            report.topics[topic] = report.topics.get(topic, 0) + 1
        if commit.refusal is not None:
            report.refusals += 1
            report.topics["CommandRefused"] = report.topics.get("CommandRefused", 0) + 1
