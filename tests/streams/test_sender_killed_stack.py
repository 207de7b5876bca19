"""A sender that dies at any point of sending sends nothing twice. The oracle is the provider's own list."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.streams.sender_program import POINTS
from tests.streams.senders import Tally, count, keep, killed_at, normalising, sent_by_another, settle
from tests.streams.shop import open_shop
from tests.streams.world import Ground

pytestmark = pytest.mark.stack

ROUNDS = 30
BATCH = 10
"""Rounds between two settlements, after which the figures so far are written."""


async def rounds(legion: Ground, folder: Path, number: int, tallies: dict[str, Tally]) -> None:
    """So many deaths at each point, and what became of their chunks."""
    shop = await open_shop(legion)
    async with normalising(legion):
        deaths = []
        for point in POINTS * number:
            deaths.append(await killed_at(legion, shop, folder, point))
            if point == "before_attempt":
                await sent_by_another(legion, folder, deaths[-1])
        await settle(legion, folder, shop)
        await count(deaths, tallies)
        for death in deaths:
            talk = death.talk
            assert await talk.shown_too_often() == []
            topics, shown = await talk.topics(), await talk.shown()
            # Nothing is lost in silence either: all was sent, or a human is asked to look.
            assert ("ReplyFinished" in topics and shown) or "ChunkOutcomeUnknown" in topics, (death.point, topics)
            states = [m.state for m in await talk.messages() if m.direction == "out"]
            assert states.count("sent") <= len(shown), (death.point, states)


def none_twice_none_lost(tallies: dict[str, Tally], each: int) -> None:
    assert {point: tally.n for point, tally in tallies.items()} == dict.fromkeys(POINTS, each)
    assert sum(tally.sent_twice + tally.lost for tally in tallies.values()) == 0, tallies


async def test_nothing_is_sent_twice_by_senders_killed_at_each_point(
    legion_without_streams: Ground, tmp_path: Path
) -> None:
    tallies: dict[str, Tally] = {}
    await rounds(legion_without_streams, tmp_path, 1, tallies)
    none_twice_none_lost(tallies, 1)


@pytest.mark.slow
@pytest.mark.timeout(7200)
async def test_nothing_is_sent_twice_by_senders_killed_thirty_times_at_each_point(
    legion_without_streams: Ground, tmp_path: Path
) -> None:
    tallies: dict[str, Tally] = {}
    for _ in range(ROUNDS // BATCH):
        await rounds(legion_without_streams, tmp_path, BATCH, tallies)
        keep("sender_kill", tallies)
    none_twice_none_lost(tallies, ROUNDS)


async def careless(legion: Ground, folder: Path, number: int) -> Tally:
    """The control. Without echoes, which would make it look as if somebody had typed on the phone."""
    shop, tallies = await open_shop(legion), dict[str, Tally]()
    await legion.fault(legion.places.evolution, kind="drop_echoes")
    async with normalising(legion):
        deaths = [await killed_at(legion, shop, folder, "after_call", careless=True) for _ in range(number)]
        await settle(legion, folder, shop)
        await count(deaths, tallies)
    return tallies["after_call"]


async def test_the_control_that_trusts_its_lease_sends_twice(legion_without_streams: Ground, tmp_path: Path) -> None:
    assert (await careless(legion_without_streams, tmp_path, 1)).sent_twice == 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_the_control_sends_twice_again_and_again(legion_without_streams: Ground, tmp_path: Path) -> None:
    tally = await careless(legion_without_streams, tmp_path, ROUNDS)
    keep("sender_kill_control", {"after_call": tally})
    assert tally.n == ROUNDS
    assert tally.sent_twice > 0
