"""Side by side, but in order: commits within a lane, acknowledgements within a partition."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.normalise.lanes import Lanes

Work = tuple[str, int, int, bool]
"""lane, partition, ticks of preparing, whether it fails"""


class Trace:
    def __init__(self) -> None:
        self.committed: list[int] = []
        self.acked: list[int] = []


async def run(works: list[Work], most: int = 8) -> Trace:
    trace, lanes = Trace(), Lanes[int](most=most)
    for number, (lane, partition, ticks, fails) in enumerate(works):

        async def prepare(number: int = number, ticks: int = ticks, fails: bool = fails) -> int:
            for _ in range(ticks):
                await asyncio.sleep(0)
            if fails:
                raise RuntimeError
            return number

        async def commit(prepared: int) -> None:
            await asyncio.sleep(0)
            trace.committed.append(prepared)

        async def ack(number: int = number) -> None:
            trace.acked.append(number)

        await lanes.put(lane=lane, partition=partition, prepare=prepare, commit=commit, ack=ack)
    await lanes.drain()
    return trace


work = st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.integers(0, 5))


@settings(max_examples=50, deadline=None)
@given(st.lists(work, max_size=40))
def test_all_are_done_in_the_order_of_their_lane_and_acknowledged_in_that_of_their_partition(
    works: list[tuple[str, int, int]],
) -> None:
    trace = asyncio.run(run([(*each, False) for each in works]))
    assert sorted(trace.committed) == sorted(trace.acked) == list(range(len(works)))
    for lane in "ab":
        in_lane = [number for number in trace.committed if works[number][0] == lane]
        assert in_lane == sorted(in_lane)
    for partition in range(3):
        in_partition = [number for number in trace.acked if works[number][1] == partition]
        assert in_partition == sorted(in_partition)


def test_nothing_after_a_failure_is_committed_in_its_lane_or_acknowledged_in_its_partition() -> None:
    trace = asyncio.run(run([("a", 0, 0, False), ("a", 0, 3, True), ("a", 1, 0, False), ("b", 0, 0, False)]))
    assert sorted(trace.committed) == [0, 3]
    assert trace.acked == [0]


def test_the_control_that_acknowledges_when_done_overtakes() -> None:
    """Without the queue, a quick record's acknowledgement comes before that of a slow one ahead of it."""

    async def unordered() -> list[int]:
        acked: list[int] = []

        async def one(number: int, ticks: int) -> None:
            for _ in range(ticks):
                await asyncio.sleep(0)
            acked.append(number)

        await asyncio.gather(*(one(number, 5 - number) for number in range(5)))
        return acked

    acked = asyncio.run(unordered())
    assert acked != sorted(acked)


@pytest.mark.parametrize("most", [1, 3])
def test_it_takes_no_more_than_there_is_room_for(most: int) -> None:
    running, peak = 0, 0

    async def measured() -> None:
        nonlocal running, peak
        lanes = Lanes[None](most=most)

        async def prepare() -> None:
            nonlocal running, peak
            running += 1
            peak = max(peak, running)
            for _ in range(random.Random(most).randrange(1, 4)):
                await asyncio.sleep(0)

        async def commit(_: None) -> None:
            nonlocal running
            running -= 1

        async def ack() -> None: ...

        for number in range(10):
            await lanes.put(lane=number, partition=0, prepare=prepare, commit=commit, ack=ack)
        await lanes.drain()

    asyncio.run(measured())
    assert peak == most
    assert running == 0
