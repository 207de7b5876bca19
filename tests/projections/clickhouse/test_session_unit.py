"""The session: blocks are written while the next are read, one writing at a time, and no failure is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from domain.kernel.errors import Unavailable
from eventlog.model import Anchor, Commit
from projections.clickhouse.plan import Block
from projections.clickhouse.projection import Projection
from projections.clickhouse.projector import Session
from proof.ground.histories import Log, Story
from tests.projections.clickhouse.test_projection_unit import ModelStore, Server


class Polls:
    """One commit a poll."""

    def __init__(self, log: Log) -> None:
        self._genesis = log.genesis()
        self.left = list(reversed(log.commits))

    async def poll(self, _timeout_ms: int) -> Mapping[int, Sequence[Commit]]:
        await asyncio.sleep(0)
        commit = self.left.pop()
        return {commit.partition: [commit]}

    async def end_offsets(self) -> Mapping[int, int]:
        return {}

    async def caught_up(self, _ends: Mapping[int, int]) -> bool:
        return not self.left

    def anchor(self, partition: int) -> Anchor:
        return self._genesis[partition]


class SlowStore(ModelStore):
    """Inserts while it is open. broken: then fails."""

    def __init__(self) -> None:
        super().__init__(Server())
        self.open = asyncio.Event()
        self.broken = False
        self.inserting = 0

    async def insert(self, block: Block) -> None:
        self.inserting += 1
        assert self.inserting == 1, "two writings at once"
        await self.open.wait()
        self.inserting -= 1
        if self.broken:
            raise Unavailable("clickhouse_unavailable")
        await super().insert(block)


def told() -> Log:
    log = Log(1)
    story = Story(log)
    story.arrives()
    for _ in range(8):
        story.writes()
    return log


async def session(log: Log, store: SlowStore) -> tuple[Polls, Session]:
    polls = Polls(log)
    return polls, Session(polls, await Projection.open(store, log.genesis(), block_rows=4, linger_s=1e9))


async def until_inserting(store: SlowStore) -> None:
    async with asyncio.timeout(5):
        while not store.inserting:
            await asyncio.sleep(0)


async def test_reading_goes_on_while_a_block_is_written_until_the_next_is_full() -> None:
    log, store = told(), SlowStore()
    polls, running = await session(log, store)
    await running.step()  # four records: a block
    await until_inserting(store)
    for _ in range(3):
        await running.step()
    assert len(polls.left) == len(log.commits) - 4
    waiting = asyncio.create_task(running.step())  # the second block is full, the first not written
    await asyncio.sleep(0.01)
    assert not waiting.done()
    store.open.set()
    await waiting
    await running.until_caught_up()
    assert len(store.server.rows) == len(log.records)


async def test_a_failed_writing_ends_the_session() -> None:
    store = SlowStore()
    _, running = await session(told(), store)
    store.broken = True
    store.open.set()
    with pytest.raises(Unavailable):
        await running.until_caught_up()


async def test_a_closed_session_writes_no_more() -> None:
    store = SlowStore()
    _, running = await session(told(), store)
    await running.step()
    await until_inserting(store)
    await running.close()
    store.open.set()
    await asyncio.sleep(0.01)
    assert store.server.rows == []
