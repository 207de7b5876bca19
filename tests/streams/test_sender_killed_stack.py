"""A sender that dies at any point of sending sends nothing twice. The oracle is the provider's own list."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from streams.app import make_normaliser
from streams.faust_app import make_app
from streams.normalise.intake import Intake
from tests.servers import Server
from tests.streams.sender_program import POINTS
from tests.streams.world import Ground, Shop, Talk, open_shop, streams_parts, until

pytestmark = pytest.mark.stack

KILL_S = 60.0
SETTLE_S = 120.0
"""An attempt that was not called is looked for 30 s after its time-out."""


@asynccontextmanager
async def normalising(legion: Ground) -> AsyncIterator[None]:
    """The agents without a runner, in this process: only senders die."""
    async with streams_parts(legion.places) as parts:
        intake = Intake(make_normaliser(legion.places.config, parts), failed=lambda error: None)
        app = make_app(legion.places.config, take=intake.take, hint=lambda *_: None, kick=lambda: None)
        await app.start()
        try:
            yield
        finally:
            await intake.drain()
            await app.stop()


@contextmanager
def sender(legion: Ground, folder: Path, point: str | None, *, careless: bool = False) -> Iterator[Server]:
    given = orjson.dumps({"places": asdict(legion.places), "point": point, "careless": careless}).decode()
    server = Server([sys.executable, "-m", "tests.streams.sender_program", given], folder / "sender.log")
    server.spawn()
    try:
        yield server
    finally:
        if server.running.poll() is None:
            server.kill()


async def killed_at(legion: Ground, shop: Shop, folder: Path, point: str, *, careless: bool = False) -> Talk:
    """A new lead writes; the sender of the answer dies at the point."""
    talk = shop.talk()
    await talk.writes(f"hello at {point}")
    with sender(legion, folder, point, careless=careless) as server:

        async def died() -> bool:
            return server.running.poll() is not None

        await until(f"death at {point}", died, KILL_S)
        assert server.running.returncode == -signal.SIGKILL, server.tail()
    return talk


async def settled(legion: Ground, folder: Path, talks: list[Talk]) -> list[Talk]:
    """A sender that lives brings everything to an end. Returns the talks in which something was shown twice."""
    with sender(legion, folder, None) as server:

        async def idle() -> bool:
            assert server.running.poll() is None, server.tail()
            found = await asyncio.gather(*(talk.conversation() for talk in talks))
            open_ = [m for talk in talks for m in await talk.messages() if m.state in ("pending", "attempted")]
            return not open_ and all(each is not None and each.status == "idle" for each in found)

        await until("the end", idle, SETTLE_S)
    return [talk for talk in talks if await talk.shown_too_often()]


async def no_double(legion: Ground, folder: Path, points: list[str]) -> None:
    shop = await open_shop(legion)
    async with normalising(legion):
        talks = [await killed_at(legion, shop, folder, point) for point in points]
        assert await settled(legion, folder, talks) == []
        for point, talk in zip(points, talks, strict=True):
            topics, shown = await talk.topics(), await talk.shown()
            answered = "ReplyFinished" in topics and shown
            # Nothing is lost in silence either: all was sent, or a human is asked to look.
            assert answered or "ChunkOutcomeUnknown" in topics, (point, topics)
            states = [m.state for m in await talk.messages() if m.direction == "out"]
            assert states.count("sent") <= len(shown), (point, states)


async def test_nothing_is_sent_twice_by_senders_killed_at_each_point(
    legion_without_streams: Ground, tmp_path: Path
) -> None:
    await no_double(legion_without_streams, tmp_path, list(POINTS))


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_nothing_is_sent_twice_by_senders_killed_thirty_times_at_each_point(
    legion_without_streams: Ground, tmp_path: Path
) -> None:
    await no_double(legion_without_streams, tmp_path, list(POINTS) * 30)


async def test_the_control_that_trusts_its_lease_sends_twice(legion_without_streams: Ground, tmp_path: Path) -> None:
    """Without echoes, which would make it look as if somebody had typed on the phone."""
    shop = await open_shop(legion_without_streams)
    await legion_without_streams.fault(legion_without_streams.places.evolution, kind="drop_echoes")
    async with normalising(legion_without_streams):
        talk = await killed_at(legion_without_streams, shop, tmp_path, "after_call", careless=True)
        assert await settled(legion_without_streams, tmp_path, [talk]) == [talk]
