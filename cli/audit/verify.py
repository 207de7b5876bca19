"""`legion audit verify`: walks the chain of every partition from its genesis; says what it found and cannot know.

With --from, a partition is walked from its genesis all the same (only a trusted anchor may be started from, and this
command has none): --from and --to say which part of it is *reported*.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from domain.kernel.errors import LegionError
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit

CANNOT_KNOW: Final = (
    "whether the log's tail was cut off, or the whole chain rewritten, before this walk: that takes a checkpoint kept "
    "outside of the broker and of PostgreSQL, and none was given",
)
"""What no walk along a chain can show by itself. The signer and its outside checkpoints come later."""

PROGRESS_S: Final = 0.5


@dataclass(slots=True)
class PartitionReport:
    """One partition. head: hex, after the last commit. voids: records by reason: harmless, never applied.

    topics: events by type, refusals under CommandRefused. goes_on: False when complete commits that answer newer
    commands do not link to the chain: somebody altered a record before them, or (look again) a writer is just about to
    decide them anew.
    """

    partition: int
    commits: int = 0
    events: int = 0
    refusals: int = 0
    undecodable: int = 0
    next_offset: int = 0
    head: str = ""
    voids: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    goes_on: bool = True


@dataclass(slots=True)
class Report:
    """The whole walk. chain: `verified` or `broken`; broken: code and detail of what stopped it."""

    chain: str
    partitions: list[PartitionReport]
    seconds: float
    cannot_know: tuple[str, ...] = CANNOT_KNOW
    broken: dict[str, str] | None = None

    @property
    def totals(self) -> dict[str, int]:
        return {
            name: sum(getattr(p, name) for p in self.partitions)
            for name in ("commits", "events", "refusals", "undecodable")
        } | {"voids": sum(sum(p.voids.values()) for p in self.partitions)}

    @property
    def topics(self) -> dict[str, int]:
        return dict(sum((Counter(p.topics) for p in self.partitions), Counter()))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"totals": self.totals, "topics": self.topics}


Progress = Callable[[int, int], None]
"""(records walked, records in all)."""


async def verify(
    bootstrap: str,
    topic: str,
    cluster: str,
    partitions: int,
    *,
    first: Mapping[int, int] | None = None,
    last: Mapping[int, int] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Walks all partitions to the ends they have now. first, last: offsets of the part that counts, by partition."""
    begun = time.monotonic()
    reports = {number: PartitionReport(number) for number in range(partitions)}
    anchors = [Anchor.genesis(cluster_id=cluster, topic=topic, partition=number) for number in reports]
    consumer = LogConsumer(bootstrap, topic, anchors, cluster=cluster)
    broken = None
    try:
        await consumer.start()
        try:
            await _walk(consumer, reports, first or {}, last or {}, progress)
        finally:
            await consumer.stop()
    except LegionError as error:
        broken = {"code": error.code, "detail": error.detail}
    stops = [report for report in reports.values() if not report.goes_on]
    if broken is None and stops:
        where = ", ".join(f"partition {report.partition} at offset {report.next_offset}" for report in stops)
        broken = {"code": "chain_does_not_go_on", "detail": where}
    return Report(
        chain="broken" if broken else "verified",
        partitions=list(reports.values()),
        seconds=round(time.monotonic() - begun, 3),
        broken=broken,
    )


async def _walk(
    consumer: LogConsumer,
    reports: dict[int, PartitionReport],
    first: Mapping[int, int],
    last: Mapping[int, int],
    progress: Progress | None,
) -> None:
    ends = await consumer.end_offsets()
    told = 0.0
    while not await consumer.caught_up(ends):
        for number, commits in (await consumer.poll()).items():
            for commit in commits:
                if first.get(number, 0) <= commit.first_offset <= last.get(number, commit.first_offset):
                    _count(reports[number], commit)
        if progress and time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            progress(sum(consumer.anchor(number).next_offset for number in reports), sum(ends.values()))
    for number, report in reports.items():
        anchor = consumer.anchor(number)
        report.next_offset = anchor.next_offset
        report.head = anchor.head.hex()
        report.goes_on = consumer.goes_on(number)
        report.voids = {void.value: count for void, count in consumer.voids(number).items()}


def _count(report: PartitionReport, commit: Commit) -> None:
    report.commits += 1
    report.events += len(commit.events)
    report.refusals += commit.refusal is not None
    report.undecodable += commit.undecodable is not None
    for recorded in commit.events:
        topic = recorded.event.TOPIC
        report.topics[topic] = report.topics.get(topic, 0) + 1
    if commit.refusal is not None:
        report.topics["CommandRefused"] = report.topics.get("CommandRefused", 0) + 1
