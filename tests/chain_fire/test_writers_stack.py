"""Writers killed, frozen and let loose on each other: nothing lost, nothing doubled, no void applied.

The oracle stands outside: what the client wrote down, [commands] as it is, and a standalone reader of the chain.
"""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.chain_fire.field import Field, Verdict
from tests.chain_fire.load import SEED, report, under_load
from tests.chain_fire.writers import Writers
from tests.commands.tally import add

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]


async def killed(field: Field, writers: Writers, n: int) -> Verdict:
    """One writer at a time, kill -9 in the middle of its work, the next from its own lagging journal."""
    rng = random.Random(SEED)
    async with under_load(field, rng):
        writer = writers.start()
        for _ in range(n):
            await writers.progress(rng.randint(5, 60))
            await asyncio.sleep(rng.random() * 0.05)
            writers.kill(writer)
            writer = writers.start(lag=rng.choice([0, 3, 40]))
        await writers.progress(20)
    verdict = await field.settled(90)
    writers.check_alive()  # a writer that died says why
    return verdict


async def frozen(field: Field, writers: Writers, n: int) -> Verdict:
    """Two writers; the busy one is stopped until the other has taken over, then goes on where it was."""
    rng = random.Random(SEED)
    async with under_load(field, rng):
        pair = [writers.start(), writers.start(lag=3)]
        await writers.progress(20)
        for turn in range(n):
            victim = pair[turn % 2]
            writers.freeze(victim)
            await asyncio.sleep(writers.session_s + rng.random())
            await writers.progress(rng.randint(5, 40))
            writers.thaw(victim)
            await writers.progress(rng.randint(5, 40))
    verdict = await field.settled(90)
    writers.check_alive()  # a writer that died says why
    return verdict


async def test_a_killed_writer_loses_and_doubles_nothing(field: Field, writers: Writers) -> None:
    verdict = await killed(field, writers, 3)
    verdict.assert_clean()


@pytest.mark.slow
async def test_a_writer_killed_fifty_times_loses_and_doubles_nothing(field: Field, writers: Writers) -> None:
    began = time.monotonic()
    verdict = await killed(field, writers, 50)
    report("writer_kill", 50, verdict, began)
    verdict.assert_clean()


async def test_a_frozen_writer_that_comes_back_changes_nothing(field: Field, writers: Writers) -> None:
    verdict = await frozen(field, writers, 1)
    verdict.assert_clean()


@pytest.mark.slow
async def test_thirty_zombies_change_nothing(field: Field, writers: Writers) -> None:
    began = time.monotonic()
    verdict = await frozen(field, writers, 30)
    report("writer_zombie", 30, verdict, began)
    verdict.assert_clean()
    assert verdict.doubled_without_rule > 0  # the control: without the chain's rule this history doubles


async def test_a_command_that_kills_its_writer_is_refused_after_three_deaths(field: Field, writers: Writers) -> None:
    journey = field.journeys[0]
    partition = (await field.log.submit(*add(journey, 0))).partition
    await field.log.submit(*add(journey, 1))
    await field.log.submit(*add(journey, 2, how="kill"))
    await field.log.submit(*add(journey, 3))
    deaths = 0
    while True:
        writer = writers.start()
        answered = asyncio.create_task(field.answers(partition, 4, 60))
        died = asyncio.create_task(asyncio.to_thread(writer.running.wait))
        await asyncio.wait([answered, died], return_when=asyncio.FIRST_COMPLETED)
        if answered.done():
            break
        answered.cancel()
        writers.alive.remove(writer)
        deaths += 1
        assert deaths < 7, writer.tail()
    commits = await answered
    writers.kill(writer)
    await died
    assert [commit.refusal.code if commit.refusal else "" for commit in commits] == ["", "", "decider_crashed", ""]
    assert 3 <= deaths <= 5
