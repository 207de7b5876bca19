"""`legion audit verify`: walks the chain of every partition from its genesis; says what it found and cannot know.

With --from, a partition is walked from its genesis all the same (only a trusted anchor may be started from, and this
command has none): --from and --to say which part of it is *reported*.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from cli.audit.checkpoints import Published
from cli.audit.share import PartitionReport, Share, Walked, shares, walk, walk_apart
from domain.kernel.errors import LegionError
from eventlog.audit import Finding, compare_checkpoints
from eventlog.checkpoint import Place, Signed
from eventlog.ends import end_offsets

NOTHING_OUTSIDE: Final = (
    "whether the log's tail was cut off, or the whole chain rewritten, before this walk: that takes a checkpoint kept "
    "outside of the broker and of PostgreSQL, and none was given (--since FILE)"
)
"""What no walk along a chain can show by itself."""

KEY_FROM_INSIDE: Final = (
    "whether the signer's key is the signer's: it was taken from this installation, or from the checkpoints "
    "themselves, and not given (--key FILE)"
)

WORTH_A_PROCESS: Final = 50_000
"""Records: four seconds of walking, against the second that a process needs to begin."""


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
    processes: int | None = None,
) -> Report:
    """Walks all partitions to the ends they have now. first, last: offsets of the part that counts, by partition.

    outside: checkpoints that were kept elsewhere, in order. published: what [checkpoints] held *before* this call: a
    younger one may be of what this walk does not reach. key_given: their key was not taken from here. processes: that
    share the partitions; None: as many as the machine has cores for, and the log has records for.
    """
    begun = time.monotonic()
    try:
        walked = await _walked(
            Share(bootstrap, place, (), (*outside, *published.signed), first or {}, last or {}), processes, progress
        )
    except LegionError as error:
        walked = [
            Walked([PartitionReport(number) for number in range(place.partitions)], [], (error.code, error.detail))
        ]
    findings = [*published.findings, *compare_checkpoints(outside, published.signed)]
    findings += dict.fromkeys(finding for part in walked for finding in part.findings)
    broken = next(({"code": part.broken[0], "detail": part.broken[1]} for part in walked if part.broken), None)
    if findings and broken is None:
        broken = {"code": findings[0].code, "detail": "; ".join(finding.detail for finding in findings)}
    return Report(
        chain="broken" if broken else "verified",
        partitions=sorted((report for part in walked for report in part.reports), key=lambda one: one.partition),
        seconds=round(time.monotonic() - begun, 3),
        cannot_know=tuple(cannot_know(outside, key_given=key_given)),
        findings=findings,
        outside=len(outside),
        published=len(published.signed),
        broken=broken,
    )


async def _walked(whole: Share, processes: int | None, progress: Progress | None) -> list[Walked]:
    """whole: without partitions."""
    ends = await end_offsets(whole.bootstrap, whole.place.topic, whole.place.partitions)
    count = processes or min(len(os.sched_getaffinity(0)), 1 + sum(ends) // WORTH_A_PROCESS)
    parts, done = shares(ends, count), Counter[tuple[int, ...]]()

    def tell(part: tuple[int, ...], records: int) -> None:
        done[part] = records
        if progress is not None:
            progress(done.total(), sum(ends))

    one = walk if len(parts) == 1 else walk_apart
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(replace(whole, partitions=part), partial(tell, part))) for part in parts]
    return [task.result() for task in tasks]


def cannot_know(outside: Sequence[Signed], *, key_given: bool) -> list[str]:
    """What this walk leaves open, in words."""
    if not outside:
        return [NOTHING_OUTSIDE]
    last = outside[-1].checkpoint
    unknown = [f"whether what came after {_moment(last.at)} (checkpoint {last.number}) was cut off or rewritten since"]
    return unknown if key_given else [*unknown, KEY_FROM_INSIDE]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
