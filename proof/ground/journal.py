"""A journal in memory, fed by a verified reader as the projector is; it can be made to lag."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from commands.ports import Loaded
from domain.kernel.event import Event
from eventlog.codec import Codec
from eventlog.model import Anchor, Commit
from proof.ground.following import Following


class _Partition:
    def __init__(self, anchor: Anchor) -> None:
        self.anchor = anchor
        self.waiting: list[Commit] = []
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.known: set[tuple[str, str | None]] = set()
        self.last_at: dict[str, datetime] = {}

    def apply(self, commit: Commit) -> None:
        for recorded in commit.events:
            self.events[recorded.stream].append(recorded.event)
        self.known.add((commit.journey, commit.command_id))
        if commit.refusal is not None:
            self.last_at[commit.journey] = commit.refusal.at
        elif commit.events:
            self.last_at[commit.journey] = commit.events[0].at
        self.anchor = self.anchor.after(commit)


class MemoryJournal:
    """JournalPort and AnchorPort. lag: commits held back from each partition's end."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, codec: Codec, *, lag: int = 0) -> None:
        self._following = Following(bootstrap, topic, partitions, codec)
        self._lag = lag
        self._partitions: dict[int, _Partition] = {}
        self._task: asyncio.Task[None] | None = None
        self.loads = 0

    async def start(self) -> None:
        """Reads to the present end first: the anchors are the projector's, not genesis."""
        await self._following.start()
        self._partitions = {anchor.partition: _Partition(anchor) for anchor in self._following.anchors}
        self._take(await self._following.to_the_end())
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._following.stop()

    async def _follow(self) -> None:
        while True:
            self._take(await self._following.poll())

    def _take(self, read: dict[int, list[Commit]]) -> None:
        for number, commits in read.items():
            partition = self._partitions[number]
            partition.waiting += commits
            while len(partition.waiting) > self._lag:
                partition.apply(partition.waiting.pop(0))

    async def load(
        self, partition: int, streams: Sequence[tuple[str, str]], command_ids: Sequence[tuple[str, str]]
    ) -> Loaded:
        self.loads += 1
        state = self._partitions[partition]
        return Loaded(
            next_offset=state.anchor.next_offset,
            events={pair: list(state.events[pair[1]]) for pair in streams if pair[1] in state.events},
            known=frozenset(pair for pair in command_ids if pair in state.known),
            last_at={journey: state.last_at[journey] for journey, _ in command_ids if journey in state.last_at},
        )

    async def anchor(self, partition: int) -> Anchor | None:
        anchor = self._partitions[partition].anchor
        return None if anchor.is_genesis else anchor
