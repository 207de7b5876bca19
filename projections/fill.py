"""Fills a generation from offset 0 up to given places of the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from eventlog.consumer import LogConsumer
from eventlog.model import Commit
from projections.lanes import Lanes
from projections.postgres import PostgresProjector
from projections.run import Source

BATCH: Final = 2_000
"""Records of one poll, and about those of a transaction: nobody waits for a rebuild's rows, and larger batches are
faster."""

Progress = Callable[[int, int], None]
"""(records done, records in all)."""


class Filler:
    """Projects from offset 0 up to targets. Commits beyond a target are kept for the next."""

    def __init__(self, projector: PostgresProjector, source: Source, progress: Progress) -> None:
        self._projector = projector
        self._source = source
        self._progress = progress
        self._consumer: LogConsumer | None = None
        self._waiting: dict[int, list[Commit]] = {}
        self._at: dict[int, int] = {}
        self._total = 0
        self.done = 0

    async def __aenter__(self) -> Filler:
        anchors = await self._projector.open_positions(self._source.genesis())
        self._at = {anchor.partition: anchor.next_offset for anchor in anchors}
        self._consumer = self._source.consumer(anchors, max_records=BATCH)
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    async def fill(self, targets: Mapping[int, int] | None) -> None:
        """Up to these next offsets (ends of commits), or (None) to the end that the log has now."""
        assert self._consumer is not None, "used outside of `async with`"
        ends = await self._consumer.end_offsets()
        self._total = sum(ends.values() if targets is None else targets.values())
        async with Lanes(self._project, most=BATCH) as lanes:
            while True:
                ready = self._up_to(targets)
                await lanes.put(ready)
                self._at |= {commit.partition: commit.next_offset for commit in ready}
                if await self._reached(ends, targets):
                    return await lanes.drained()
                for partition, commits in (await self._consumer.poll()).items():
                    self._waiting.setdefault(partition, []).extend(commits)

    async def _reached(self, ends: Mapping[int, int], targets: Mapping[int, int] | None) -> bool:
        if targets is not None:
            return all(self._at.get(p, 0) >= offset for p, offset in targets.items())
        assert self._consumer is not None, "used outside of `async with`"
        return await self._consumer.caught_up(ends) and not any(self._waiting.values())

    async def _project(self, commits: Sequence[Commit]) -> None:
        await self._projector.apply(commits)
        self.done += sum(len(commit.records) for commit in commits)
        self._progress(self.done, self._total)

    def _up_to(self, targets: Mapping[int, int] | None) -> list[Commit]:
        ready: list[Commit] = []
        for partition, commits in self._waiting.items():
            end = None if targets is None else targets.get(partition, 0)
            within = [commit for commit in commits if end is None or commit.next_offset <= end]
            self._waiting[partition] = commits[len(within) :]
            ready += within
        return ready
