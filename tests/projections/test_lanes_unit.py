"""Lanes: the order within a partition, room, and what is told of failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from eventlog.model import Commit
from projections.lanes import LANES, Lanes
from proof.ground.histories import Log, Story


def commits() -> list[Commit]:
    log = Log(LANES * 2)
    for n in range(20):
        Story(log, f"lead {n}").arrives()
    return log.commits


class Applied:
    """Takes batches while it is open."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.under_way: list[set[int]] = []
        self.done: list[Commit] = []

    async def __call__(self, batch: Sequence[Commit]) -> None:
        partitions = {commit.partition for commit in batch}
        assert all(partitions.isdisjoint(other) for other in self.under_way), "two batches of one partition at once"
        self.under_way.append(partitions)
        await self.open.wait()
        await asyncio.sleep(0)
        self.under_way.remove(partitions)
        self.done += batch


async def test_all_is_applied_in_the_order_of_each_partition() -> None:
    applied, given = Applied(), commits()
    applied.open.set()
    async with Lanes(applied, most=3) as lanes:
        for commit in given:
            await lanes.put([commit])
        await lanes.drained()
        assert len(applied.done) == len(given)
    for partition in range(LANES * 2):
        assert [c for c in applied.done if c.partition == partition] == [c for c in given if c.partition == partition]


async def test_different_partitions_are_applied_at_once() -> None:
    applied = Applied()
    async with Lanes(applied, most=100) as lanes:
        await lanes.put(commits())
        await asyncio.sleep(0)
        assert len(applied.under_way) == LANES
        applied.open.set()


async def test_more_than_may_wait_is_not_taken_before_a_batch_has_ended() -> None:
    applied = Applied()
    async with Lanes(applied, most=1) as lanes:
        first, *rest = commits()
        await lanes.put([first])
        await asyncio.sleep(0)
        same_lane = [commit for commit in rest if commit.partition % LANES == first.partition % LANES]
        putting = asyncio.create_task(lanes.put(same_lane))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not putting.done()
        applied.open.set()
        await putting


@pytest.mark.parametrize("put_again", [True, False])
async def test_what_a_batch_raised_is_raised_by_the_next_call(put_again: bool) -> None:
    async def fail(_batch: Sequence[Commit]) -> None:
        raise ValueError("no")

    async with Lanes(fail, most=100) as lanes:
        await lanes.put(commits())
        for _ in range(3):  # until both have failed
            await asyncio.sleep(0)
        with pytest.raises(ValueError, match="no"):
            await (lanes.put([]) if put_again else lanes.drained())
