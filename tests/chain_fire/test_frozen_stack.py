"""The group's only writer is frozen beyond its session, is forgotten by the group, and goes on: it must decide again by
itself, soon. Nobody else is there to do it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import pytest

from eventlog.consumer import REQUEST_MS, LogConsumer
from eventlog.model import Anchor
from eventlog.topics import cluster_id
from proof.ground.field import Field
from proof.harm.writers import Writers
from proof.oracle.verdict import Id, Verdict

SEED: Final = 20261125
pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

SLACK_S: Final = REQUEST_MS / 1000 + 8.0
"""Beside one session: for one answer that is lost on the way back, a new assignment, a producer, and a machine with
other things to do. Before there was a cure it was two minutes, or for ever."""

LONGER_THAN_ANY_REQUEST_S: Final = REQUEST_MS / 1000 + 2
"""Every answer that was awaited is late then, and every connection is given up at the same moment."""


class Answers:
    """Follows [events] and notes when each command was answered, s by the broker's clock."""

    def __init__(self, consumer: LogConsumer) -> None:
        self._consumer = consumer
        self._at: dict[tuple[str, str | None], float] = {}

    async def at(self, sent: Id) -> float:
        while sent not in self._at:
            for commits in (await self._consumer.poll(100)).values():
                for commit in commits:
                    self._at[commit.journey, commit.command_id] = commit.records[0].timestamp_ms / 1000
        return self._at[sent]


@asynccontextmanager
async def answers_of(field: Field) -> AsyncIterator[Answers]:
    cluster, topic = await cluster_id(field.bootstrap), field.topics.events
    anchors = [Anchor.genesis(cluster_id=cluster, topic=topic, partition=number) for number in range(field.partitions)]
    consumer = LogConsumer(field.bootstrap, topic, anchors, cluster=cluster, codec=field.codec)
    await consumer.start()
    try:
        yield Answers(consumer)
    finally:
        await consumer.stop()


async def frozen_alone(field: Field, writers: Writers, freezes_s: Sequence[float]) -> tuple[Verdict, float]:
    """The outcome, and the longest time (s) from going on until the last command sent meanwhile had its answer."""
    longest_s = 0.0
    async with field.under_fire(random.Random(SEED)), answers_of(field) as answers:
        writer = writers.start()
        for freeze_s in freezes_s:
            await writers.progress(20)
            writers.freeze(writer)
            await asyncio.sleep(freeze_s)
            last = field.sent[-1]
            began = time.time()
            writers.thaw(writer)
            async with asyncio.timeout(60):
                longest_s = max(longest_s, await answers.at(last) - began)
        await writers.progress(20)
    verdict = await field.settled(writers.session_s + SLACK_S)
    writers.check_alive()
    return verdict, longest_s


@pytest.mark.parametrize("freeze_s", [3.0, LONGER_THAN_ANY_REQUEST_S])
async def test_the_only_writer_frozen_beyond_its_session_decides_again(
    field: Field, writers: Writers, freeze_s: float
) -> None:
    verdict, longest_s = await frozen_alone(field, writers, [freeze_s])
    verdict.assert_clean()
    assert longest_s < writers.session_s + SLACK_S


@pytest.mark.slow
async def test_twenty_freezes_of_the_only_writer_lose_and_double_nothing(field: Field, writers: Writers) -> None:
    rng = random.Random(SEED)
    verdict, longest_s = await frozen_alone(field, writers, [rng.uniform(1.6, 16.0) for _ in range(20)])
    verdict.assert_clean()
    assert longest_s < writers.session_s + SLACK_S
