"""`legion audit verify`: walks the chain of every partition from its genesis; says what it found and cannot know.

With --from, a partition is walked from its genesis all the same (only a trusted anchor may be started from, and this
command has none): --from and --to say which part of it is *reported*.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from cli.audit.checkpoints import Published
from domain.kernel.errors import LegionError
from eventlog.audit import Finding, Walk, compare_checkpoints
from eventlog.checkpoint import Place, Signed
from eventlog.model import Commit
from eventlog.watchful import WatchfulConsumer

NOTHING_OUTSIDE: Final = (
    "whether the log's tail was cut off, or the whole chain rewritten, before this walk: that takes a checkpoint kept "
    "outside of the broker and of PostgreSQL, and none was given (--since FILE)"
)
"""What no walk along a chain can show by itself."""

KEY_FROM_INSIDE: Final = (
    "whether the signer's key is the signer's: it was taken from this installation, or from the checkpoints "
    "themselves, and not given (--key FILE)"
)

PROGRESS_S: Final = 0.5

PATIENCE_S: Final = 5.0
"""How long an end that does not link to the chain may be a writer that decides anew: it takes a second or two."""


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


@dataclass(slots=True)
class Report:
    """The whole walk. chain: `verified` or `broken`; broken: code and detail of the first finding, or of what stopped
    it. outside, published: how many checkpoints it was held against."""

    chain: str
    partitions: list[PartitionReport]
    seconds: float
    cannot_know: tuple[str, ...]
    findings: list[Finding]
    outside: int = 0
    published: int = 0
    broken: dict[str, str] | None = None

    @property
    def totals(self) -> dict[str, int]:
        return {
            name: sum(getattr(p, name) for p in self.partitions)
            for name in ("commits", "events", "refusals", "undecodable")
        } | {"voids": sum(sum(p.voids.values()) for p in self.partitions)}

    @property
    def topics(self) -> dict[str, int]:
        return dict(sum((Counter(p.topics) for p in self.partitions), Counter[str]()))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"totals": self.totals, "topics": self.topics}


Progress = Callable[[int, int], None]
"""(records walked, records in all)."""


async def verify(
    bootstrap: str,
    place: Place,
    *,
    outside: Sequence[Signed] = (),
    published: Published = Published(),  # noqa: B008  frozen
    key_given: bool = False,
    first: Mapping[int, int] | None = None,
    last: Mapping[int, int] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Walks all partitions to the ends they have now. first, last: offsets of the part that counts, by partition.

    outside: checkpoints that were kept elsewhere, in order. published: what [checkpoints] held *before* this call: a
    younger one may be of what this walk does not reach. key_given: their key was not taken from here.
    """
    begun = time.monotonic()
    reports = [PartitionReport(number) for number in range(place.partitions)]
    walk = Walk(place, [*outside, *published.signed])
    findings = [*published.findings, *compare_checkpoints(outside, published.signed)]
    consumer = WatchfulConsumer(bootstrap, place.topic, [grown.anchor for grown in walk.grown], cluster=place.cluster)
    broken = None
    try:
        await consumer.start()
        try:
            await _walk(consumer, walk, reports, first or {}, last or {}, progress)
            strays = {number: consumer.stray(number) for number in range(place.partitions)}
        finally:
            await consumer.stop()
        findings += walk.end({number: piece for number, piece in strays.items() if piece is not None})
    except LegionError as error:
        broken = {"code": error.code, "detail": error.detail}
    if findings and broken is None:
        broken = {"code": findings[0].code, "detail": "; ".join(finding.detail for finding in findings)}
    return Report(
        chain="broken" if broken else "verified",
        partitions=reports,
        seconds=round(time.monotonic() - begun, 3),
        cannot_know=tuple(cannot_know(outside, key_given=key_given)),
        findings=findings,
        outside=len(outside),
        published=len(published.signed),
        broken=broken,
    )


def cannot_know(outside: Sequence[Signed], *, key_given: bool) -> list[str]:
    """What this walk leaves open, in words."""
    if not outside:
        return [NOTHING_OUTSIDE]
    last = outside[-1].checkpoint
    unknown = [f"whether what came after {_moment(last.at)} (checkpoint {last.number}) was cut off or rewritten since"]
    return unknown if key_given else [*unknown, KEY_FROM_INSIDE]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


async def _walk(
    consumer: WatchfulConsumer,
    walk: Walk,
    reports: list[PartitionReport],
    first: Mapping[int, int],
    last: Mapping[int, int],
    progress: Progress | None,
) -> None:
    ends = await consumer.end_offsets()
    told, patience = 0.0, time.monotonic() + PATIENCE_S
    while True:
        reached = await consumer.caught_up(ends)
        if reached and (all(map(consumer.goes_on, ends)) or time.monotonic() > patience):
            break
        if not reached:
            patience = time.monotonic() + PATIENCE_S
        for number, commits in (await consumer.poll()).items():
            walk.take(number, commits)
            count(reports[number], commits, first.get(number, 0), last.get(number))
        if progress and time.monotonic() - told > PROGRESS_S:
            told = time.monotonic()
            progress(sum(grown.anchor.next_offset for grown in walk.grown), sum(ends.values()))
    for number, report in enumerate(reports):
        head = walk.grown[number].head
        report.next_offset, report.head, report.root = head.anchor.next_offset, head.anchor.head.hex(), head.root.hex()
        report.voids = {void.value: amount for void, amount in consumer.voids(number).items()}


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
