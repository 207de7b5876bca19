"""The group's only writer is frozen beyond its session, is forgotten by the group, and goes on: it must decide again by
itself, soon. Nobody else is there to do it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Final

import pytest

from commands.partition import REQUEST_MS
from domain.kernel.command import CommandMeta
from tests.chain_fire.field import Field, Verdict
from tests.chain_fire.load import SEED, report, under_load
from tests.chain_fire.writers import Writers

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

SLACK_S: Final = 8.0
"""Beside one session: for a new assignment, a producer, and a machine with other things to do."""

LONGER_THAN_ANY_REQUEST_S: Final = REQUEST_MS / 1000 + 2
"""Every answer that was awaited is late then, and every connection is given up at the same moment."""


async def decided(field: Field, meta: CommandMeta) -> None:
    while True:
        commits = [commit for _, accepted in (await field.chain()).values() for commit in accepted]
        if any((commit.journey, commit.command_id) == (meta.journey, meta.command_id) for commit in commits):
            return
        await asyncio.sleep(0.1)


async def frozen_alone(field: Field, writers: Writers, freezes_s: Sequence[float]) -> tuple[Verdict, float]:
    """The outcome, and the longest time from going on until the last command sent meanwhile was decided."""
    longest = 0.0
    async with under_load(field, random.Random(SEED)):
        writer = writers.start()
        for freeze_s in freezes_s:
            await writers.progress(20)
            writers.freeze(writer)
            await asyncio.sleep(freeze_s)
            _, last = field.sent[-1]
            writers.thaw(writer)
            began = time.monotonic()
            try:
                async with asyncio.timeout(writers.session_s + SLACK_S):
                    await decided(field, last)
            except TimeoutError:
                raise AssertionError(f"after {freeze_s} s:\n{writer.tail()}") from None
            longest = max(longest, time.monotonic() - began)
    verdict = await field.settled(writers.session_s + SLACK_S)
    writers.check_alive()
    return verdict, longest


@pytest.mark.parametrize("freeze_s", [3.0, LONGER_THAN_ANY_REQUEST_S])
async def test_the_only_writer_frozen_beyond_its_session_decides_again(
    field: Field, writers: Writers, freeze_s: float
) -> None:
    verdict, _ = await frozen_alone(field, writers, [freeze_s])
    verdict.assert_clean()


@pytest.mark.slow
async def test_twenty_freezes_of_the_only_writer_lose_and_double_nothing(field: Field, writers: Writers) -> None:
    rng = random.Random(SEED)
    began = time.monotonic()
    verdict, longest = await frozen_alone(field, writers, [rng.uniform(1.6, 16.0) for _ in range(20)])
    report("writer_frozen_alone", 20, verdict, began, longest_until_decided_s=round(longest, 1))
    verdict.assert_clean()
