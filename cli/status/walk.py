"""From trusted anchors along the chain to the end that the log has now: what is beyond them, and where it ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eventlog.model import Anchor, Commit
from projections.run import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """ends: partition → anchor after its last commit. beyond: partition → accepted records after the first anchor.

    voids: partition → records that do not count. whole: False when the time was over before the log's end; then
    `beyond` holds at most what is missing, by offsets. since_ms: when the first record beyond was appended, Unix
    milliseconds; None when there is none.
    """

    ends: dict[int, Anchor]
    beyond: Counter[int] = field(default_factory=Counter)
    voids: Counter[int] = field(default_factory=Counter)
    whole: bool = True
    since_ms: int | None = None


async def walk(
    source: Source,
    anchors: Sequence[Anchor],
    *,
    within_s: float,
    each: Callable[[Commit], object] = lambda _: None,
) -> Walk:
    """each: told of every commit. Raises Unavailable; Corrupt when the log is not the one of the anchors."""
    consumer = source.consumer(anchors)
    await consumer.start()
    try:
        ends = await consumer.end_offsets()
        deadline = time.monotonic() + within_s
        beyond: Counter[int] = Counter()
        since_ms: int | None = None
        while not (whole := await consumer.caught_up(ends)) and time.monotonic() < deadline:
            for partition, commits in (await consumer.poll(100)).items():
                beyond[partition] += sum(len(commit.records) for commit in commits)
                for commit in commits:
                    appended = commit.records[0].timestamp_ms
                    since_ms = appended if since_ms is None else min(since_ms, appended)
                    each(commit)
        reached = {anchor.partition: consumer.anchor(anchor.partition) for anchor in anchors}
        if not whole:
            for partition, end in ends.items():
                beyond[partition] += max(0, end - reached[partition].next_offset)
        voids = Counter({partition: sum(consumer.voids(partition).values()) for partition in reached})
        return Walk(ends=reached, beyond=beyond, voids=voids, whole=whole, since_ms=since_ms)
    finally:
        await consumer.stop()
