"""What is not the writer's falls into the log; commits grow too large."""

from __future__ import annotations

import random
from typing import Final

import pytest

from eventlog.chain import HEADER, Link
from eventlog.model import LogRecord
from proof.ground.field import Field
from proof.ground.tallies import add
from tests.commands.writing import writing

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SEED: Final = 20261125


async def litter(field: Field, partition: int, rng: random.Random) -> None:
    """A record that is not the writer's: torn, foreign, copied, or with a head that is right for a moment."""
    reader, _ = (await field.chain())[partition]
    copied: list[LogRecord] = (await field.read(field.topics.events))[partition]
    torn = Link(0, reader.anchor.last_command_offset + 1, 0, 2, reader.anchor.head)
    stale = Link(0, 0, 0, 1, reader.anchor.head)
    key, value, headers = rng.choice(
        [
            (b"lead/0", b"half a commit", ((HEADER, torn.text()),)),
            (b"lead/0", b"an old command again", ((HEADER, stale.text()),)),
            (b"k", b"no chain at all", ()),
            rng.choice(copied)[3:] if copied else (b"k", b"v", ()),
        ]
    )
    await field.raw.append(field.topics.events, key, value, headers, partition=partition)


async def test_foreign_records_and_commits_too_large_change_nothing(field: Field) -> None:
    rng = random.Random(SEED)
    async with writing(field):
        for partition in range(field.partitions):  # the rule tells old commands only once there is a last one
            await field.submit(*add(field.journeys[3 * partition], 999_999))
            await field.answers(partition, 1)
        async with field.under_fire(rng):
            for turn in range(20):
                await litter(field, turn % field.partitions, rng)
                journey = rng.choice(field.journeys)
                large = add(journey, 1_000_000 + turn, f"{journey}/a", f"{journey}/b", note="x" * 600_000)
                await field.submit(*large)
        for partition in range(field.partitions):  # half a commit at the very end is void only once another follows
            await field.submit(*add(field.journeys[3 * partition], 999_998))
        verdict = await field.settled(60)
    verdict.assert_clean()
    assert verdict.voids >= 20
    commits = [commit for _, accepted in (await field.chain()).values() for commit in accepted]
    codes = [commit.refusal.code for commit in commits if commit.refusal]
    assert codes.count("commit_too_large") == 20
