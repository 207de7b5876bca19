"""A stop is quick whatever is under way, and what it interrupted is taken up again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from proof.ground.shop import open_shop
from proof.ground.world import Ground, streams, until

pytestmark = pytest.mark.stack

STOP_S = 5.0


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another current directory, in which nothing may be left."""
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


async def test_a_stop_while_a_reply_is_made_takes_less_than_five_seconds_and_loses_nothing(
    legion_without_streams: Ground, elsewhere: None
) -> None:
    legion = legion_without_streams
    shop = await open_shop(legion)
    talk = shop.talk()
    await legion.fault(legion.places.openai, kind="hang", count=1)
    async with streams(legion.places):
        await talk.writes("hi")

        async def making() -> bool:
            return "TurnClosed" in await talk.topics()

        await until("the turn's close", making)
        stopped = time.monotonic()
    assert time.monotonic() - stopped < STOP_S
    await talk.writes("written while nobody runs")

    async def both() -> bool:
        return (await talk.topics()).count("MessageReceived") == 2

    async with streams(legion.places):
        await until("the message of the pause", both)  # the answer to the first may be out before it is read
        await talk.answered(timeout_s=60)
    assert await talk.shown_too_often() == []
    assert {m.text for m in await talk.messages() if m.direction == "in"} == {"hi", "written while nobody runs"}
