"""Faust is stopped at any moment of its start, and no thread of its is left."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from mode.threads import WorkerThread

from eventlog.topics import Topics, create_topics
from proof.ground.edge import PARTITIONS
from streams.config import StreamsConfig
from streams.faust_app import make_app
from streams.faust_run import FaustRun

pytestmark = pytest.mark.stack

TRIALS = 12
START_S = 0.5
"""About what a start takes here."""

BEGINS_S = 0.5


@pytest.fixture(scope="module")
async def config(kafka: str) -> StreamsConfig:
    topics = Topics(f"test-{uuid4().hex}.")
    await create_topics(kafka, topics, PARTITIONS, single_node=True)
    return StreamsConfig(
        bootstrap=kafka, topics=topics, default_model="", links_url="", partitions=PARTITIONS, group=topics.prefix
    )


def faust(config: StreamsConfig) -> Any:
    async def take(*_: Any) -> None: ...

    return make_app(config, take=take, hint=lambda *_: None, kick=lambda: None)


@pytest.fixture
def slow_thread(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Faust's thread takes its time to begin. The event: it has been made."""
    made = threading.Event()
    run = WorkerThread.run

    def begin(thread: WorkerThread) -> None:
        made.set()
        time.sleep(BEGINS_S)
        run(thread)

    monkeypatch.setattr(WorkerThread, "run", begin)
    return made


def left() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if isinstance(thread, WorkerThread) and thread.is_alive()}


async def test_a_stop_while_the_thread_begins_leaves_none(config: StreamsConfig, slow_thread: threading.Event) -> None:
    before, run = left(), FaustRun(faust(config))
    running = asyncio.create_task(run.run())
    await asyncio.to_thread(slow_thread.wait)
    running.cancel()
    await run.begun()
    await run.stop()
    assert left() <= before


async def test_the_control_a_start_that_is_broken_off_leaves_its_thread(
    config: StreamsConfig, slow_thread: threading.Event
) -> None:
    before, app = left(), faust(config)
    starting = asyncio.create_task(app.start())
    await asyncio.to_thread(slow_thread.wait)
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    await app.stop()
    await asyncio.sleep(2 * BEGINS_S)
    more = left() - before
    assert len(more) == 1
    assert all(thread.daemon for thread in more), "and yet the process may end"


async def test_stops_at_moments_of_chance_leave_none(config: StreamsConfig) -> None:
    before = left()
    for _ in range(TRIALS):
        run = FaustRun(faust(config))
        running = asyncio.create_task(run.run())
        await asyncio.sleep(random.uniform(0, START_S))
        running.cancel()
        await run.begun()
        await run.stop()
    assert left() <= before
