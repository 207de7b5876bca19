"""Fills a generation from offset 0 up to given places of the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from eventlog.consumer import LogConsumer
from eventlog.model import Commit
from projections.postgres import PostgresProjector
from projections.run import Source

BATCH: Final = 2_000
"""Records of one transaction: nobody waits for a rebuild's rows, and larger batches are faster."""

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
        total = sum(ends.values() if targets is None else targets.values())
        while True:
            ready = self._up_to(targets)
            if ready:
                await self._projector.apply(ready)
                self.done += sum(len(commit.records) for commit in ready)
                self._at |= {commit.partition: commit.next_offset for commit in ready}
                self._progress(self.done, total)
            elif targets is None and await self._consumer.caught_up(ends) and not any(self._waiting.values()):
                return
            if targets is not None and all(self._at.get(p, 0) >= offset for p, offset in targets.items()):
                return
            for partition, commits in (await self._consumer.poll()).items():
                self._waiting.setdefault(partition, []).extend(commits)

    def _up_to(self, targets: Mapping[int, int] | None) -> list[Commit]:
        ready: list[Commit] = []
        for partition, commits in self._waiting.items():
            end = None if targets is None else targets.get(partition, 0)
            within = [commit for commit in commits if end is None or commit.next_offset <= end]
            self._waiting[partition] = commits[len(within) :]
            ready += within
        return ready
