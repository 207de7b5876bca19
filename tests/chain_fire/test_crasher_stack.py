"""A command that kills whoever decides on it."""

from __future__ import annotations

import asyncio

import pytest

from proof.ground.field import Field
from proof.ground.tallies import add
from proof.harm.writers import Writers

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


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
