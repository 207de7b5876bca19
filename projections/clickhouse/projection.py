"""From commits to a store, exactly once: what is done in which order. The store is a port, so is the clock.

Order for each block: (0) the store must stand where the block begins; (1) its plan is made durable; of two plans that
begin at the same place the store keeps the first; (2) the newest stored plan of the partition is read back and must be
this one, else another projector is ahead; (3) the rows are inserted under the plan's token; (4) the plan is done.
A crash before (3) is over repeats the same block under the same token, which the store counts once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

from domain.conversation.events import ConversationStarted
from domain.kernel.errors import Unavailable
from eventlog.model import Anchor, Commit
from projections.clickhouse.plan import BLOCK_ROWS, LINGER_S, Block, Cutter, Plan
from projections.clickhouse.rows import rows_of

MAX_KNOWN: Final = 200_000
"""Conversations kept in memory, about 40 MB. Far more than blocks under way can hold, so that what is forgotten stands
in the store already."""


class Superseded(Unavailable):
    """Another projector is ahead, or another generation is active: start again from what is stored."""

    default_code = "superseded"


@dataclass(frozen=True, slots=True)
class Stored:
    """The newest plan of a partition. done: its block is surely there."""

    plan: Plan
    done: bool


class Store(Protocol):
    """All raise Unavailable when the store is away: what came of the call is then unknown."""

    async def state(self) -> Mapping[int, Stored]:
        """Log partition → its newest plan. Raises Superseded when another generation has become active."""
        ...

    async def claim(self, plan: Plan) -> None:
        """Stores the plan durably unless one with the same claim is there."""
        ...

    async def insert(self, block: Block) -> None:
        """All rows and everything derived from them, once per token."""
        ...

    async def done(self, plans: Sequence[Plan]) -> None:
        """Marks them: never to be repeated."""
        ...

    async def instances(self, conversations: Collection[str]) -> Mapping[str, str]:
        """Conversation → instance, of those that stand in inserted blocks."""
        ...


class Projection:
    """Commits in, blocks out. One for each session: after any error it is thrown away and opened anew."""

    def __init__(
        self,
        store: Store,
        genesis: Iterable[Anchor],
        state: Mapping[int, Stored],
        *,
        block_rows: int = BLOCK_ROWS,
        linger_s: float = LINGER_S,
    ) -> None:
        self._store = store
        self._known: dict[str, str] = {}
        self.anchors: list[Anchor] = []
        self._cutters: dict[int, Cutter] = {}
        for first in genesis:
            stored = state.get(first.partition)
            repeat = stored.plan if stored is not None and not stored.done else None
            anchor = first if stored is None else stored.plan.before if repeat is not None else stored.plan.after
            self.anchors.append(anchor)
            self._cutters[first.partition] = Cutter(anchor, repeat, block_rows=block_rows, linger_s=linger_s)

    @classmethod
    async def open(
        cls, store: Store, genesis: Iterable[Anchor], *, block_rows: int = BLOCK_ROWS, linger_s: float = LINGER_S
    ) -> Self:
        """Standing where the store says, partitions that it does not know at their genesis."""
        return cls(store, genesis, await store.state(), block_rows=block_rows, linger_s=linger_s)

    async def take(self, commits: Sequence[Commit], now: float) -> None:
        """The next commits of a partition."""
        await self._learn(commits)
        for commit in commits:
            self._cutters[commit.partition].add(commit, rows_of(commit, self._instance_of), now)

    def due(self, now: float) -> bool:
        """Whether `write` has anything to do."""
        return any(cutter.due(now) for cutter in self._cutters.values())

    async def write(self, now: float, *, flush: bool = False) -> list[Plan]:
        """Writes the blocks that are due; returns their plans. flush: also those that could wait.

        Commits may be taken meanwhile; one `write` at a time.
        """
        written: list[Plan] = []
        for cutter in self._cutters.values():
            for block in cutter.take(now, flush=flush):
                await self._write(block)
                written.append(block.plan)
        if written:
            await self._store.done(written)
        return written

    async def _write(self, block: Block) -> None:
        if not block.planned:
            # Of an empty store (lost, and made anew under the same number) a block from the middle would be taken for
            # its beginning, and what is before it never be written.
            stored = (await self._store.state()).get(block.plan.partition)
            before = block.plan.before
            if not (before.is_genesis if stored is None else stored.plan.after == before):
                raise Superseded(detail=f"partition {block.plan.partition} does not stand at {before.next_offset}")
            await self._store.claim(block.plan)
        newest = (await self._store.state()).get(block.plan.partition)
        if newest is None or newest.plan != block.plan:
            raise Superseded(detail=f"partition {block.plan.partition}")
        if not newest.done:
            await self._store.insert(block)

    def _instance_of(self, conversation: str) -> str:
        return self._known.get(conversation, "")

    async def _learn(self, commits: Iterable[Commit]) -> None:
        """Makes the instances of all conversations in these commits known. Those that began in this session are; after
        a start the others are asked for, once each."""
        missing: set[str] = set()
        for commit in commits:
            for recorded in commit.events:
                event = recorded.event
                conversation: str | None = getattr(event, "conversation", None)
                if isinstance(event, ConversationStarted):
                    self._known[event.conversation] = event.instance
                elif conversation is not None and conversation not in self._known:
                    missing.add(conversation)
        missing -= self._known.keys()
        if missing:
            self._known |= dict.fromkeys(missing, "") | dict(await self._store.instances(missing))
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
