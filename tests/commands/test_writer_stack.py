"""The writer's shell on a real broker, in this process."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from commands.ports import Loaded
from commands.writer import run_writer
from domain.kernel.errors import Unavailable
from eventlog.model import Anchor, Commit
from proof.ground.field import Field
from proof.ground.journal import MemoryJournal
from proof.ground.tallies import add, forbidden
from tests.commands.writing import config_of, writing

Pairs = Sequence[tuple[str, str]]

RESYNCS = "legion_writer_resyncs_total"
pytestmark = pytest.mark.stack


def codes(commits: list[Commit]) -> list[str | None]:
    return [commit.refusal.code if commit.refusal else None for commit in commits]


async def test_commands_are_answered_in_every_partition(field: Field) -> None:
    async with writing(field):
        for number in range(50):
            await asyncio.gather(*(field.submit(*add(journey, number)) for journey in field.journeys))
        verdict = await field.settled(20)
    verdict.assert_clean()
    assert verdict.answers == 50 * len(field.journeys)
    assert verdict.voids == 0


async def test_a_second_run_goes_on_where_the_chain_ends(field: Field) -> None:
    for run in range(3):
        async with writing(field, lag=run):
            for number in range(10):
                await field.submit(*add(field.journeys[0], 10 * run + number, how="" if number else "refuse"))
            (await field.settled(20)).assert_clean()
    verdict = await field.settled(5)
    verdict.assert_clean()
    assert verdict.voids == 0


async def test_whatever_stands_in_the_commands_topic_gets_an_answer(field: Field) -> None:
    journey = field.journeys[0]
    meta, command = add(journey, 1)
    partition = (await field.log.submit(meta, command)).partition
    value = field.codec.encode_command(meta, command)
    moved = replace(meta, command_id=str(uuid4()), journey=field.journeys[1])
    for key, body in [
        (journey.encode(), b"not avro"),
        (None, b""),
        (b"\xff\xfe", value),
        (journey.encode(), field.codec.encode_command(moved, command)),
    ]:
        await field.raw.append(field.topics.commands, key, body, (), partition=partition)
    await field.log.submit(*forbidden(journey, 2))
    await field.log.submit(*add(journey, 3, f"{journey}/a", f"{journey}/b", note="x" * 600_000))
    await field.log.submit(*add(journey, 4, how="recurse"))
    await field.log.submit(*add(journey, 5))
    async with writing(field):
        commits = await field.answers(partition, 9)
    assert codes(commits) == [
        None,
        "undecodable",
        "undecodable",
        "wrong_journey",
        "wrong_journey",
        "forbidden",
        "commit_too_large",
        "decider_crashed",
        None,
    ]


async def test_a_busy_writer_stops_in_less_than_five_seconds(field: Field) -> None:
    fire_stop = asyncio.Event()
    fire = asyncio.create_task(field.fire(fire_stop, random.Random(1)))
    async with writing(field) as stop:
        await asyncio.sleep(2)
        began = time.monotonic()
        stop.set()
    took = time.monotonic() - began
    fire_stop.set()
    await fire
    assert took < 5
    async with writing(field):
        verdict = await field.settled(30)
    verdict.assert_clean()
    assert verdict.voids == 0  # nothing was left under way


async def test_two_writers_share_the_partitions_and_take_over(field: Field) -> None:
    fire_stop = asyncio.Event()
    fire = asyncio.create_task(field.fire(fire_stop, random.Random(2)))
    async with writing(field):
        await asyncio.sleep(1)
        async with writing(field, lag=5):
            await asyncio.sleep(3)
        await asyncio.sleep(1)
        fire_stop.set()
        await fire
        verdict = await field.settled(30)
    verdict.assert_clean()


class FaultyJournal(MemoryJournal):
    """Away at first, then once with a bug."""

    asked = 0

    async def load(self, partition: int, streams: Pairs, command_ids: Pairs, /) -> Loaded:
        self.asked += 1
        if self.asked <= 3:
            raise Unavailable("journal_away")
        if self.asked == 4:
            raise ValueError("a bug")
        return await super().load(partition, streams, command_ids)


async def test_a_journal_that_is_away_is_waited_for_and_a_bug_in_it_begins_the_partition_anew(field: Field) -> None:
    await field.submit(*add(field.journeys[0], 1))
    async with writing(field, journal_class=FaultyJournal):
        (await field.settled(20)).assert_clean()


class ForeignAnchor(MemoryJournal):
    """Partition 0 of another log."""

    async def anchor(self, partition: int, /) -> Anchor | None:
        if partition:
            return await super().anchor(partition)
        return Anchor.genesis(cluster_id="another", topic="events", partition=0)


async def test_a_partition_whose_anchor_is_not_in_the_log_halts_alone(field: Field) -> None:
    halted, fine = field.journeys[0], field.journeys[-1]
    await field.submit(*add(halted, 1))
    partition = (await field.log.submit(*add(fine, 1))).partition
    async with writing(field, journal_class=ForeignAnchor):
        assert len(await field.answers(partition, 1)) == 1
        assert (await field.chain())[0][1] == []
        assert REGISTRY.get_sample_value("legion_writer_halted", {"partition": "0"}) == 1


async def test_sends_that_nobody_acknowledges_in_time_are_discarded_and_decided_again(field: Field) -> None:
    """Time-outs far below what the broker needs: writes land after they were given up."""
    stop_load = asyncio.Event()
    journal = MemoryJournal(field.bootstrap, field.topics.events, field.partitions, field.codec)
    await journal.start()
    stop = asyncio.Event()
    impatient = replace(config_of(field), produce_timeout_s=0.005)
    load = asyncio.create_task(field.fire(stop_load, random.Random(3)))
    task = asyncio.create_task(run_writer(impatient, journal, journal, stop))
    await asyncio.sleep(4)
    stop_load.set()
    stop.set()
    await asyncio.gather(task, load)
    await journal.stop()
    async with writing(field):
        verdict = await field.settled(30)
    verdict.assert_clean()
    timeouts = [REGISTRY.get_sample_value(RESYNCS, {"partition": str(p), "reason": "timeout"}) for p in range(3)]
    assert any(timeouts)  # it did happen
