"""Who waits for the projector is told, by NOTIFY or by the poll."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from projections.names import Role
from projections.postgres import NOTIFY_BYTES, PostgresProjector
from projections.read.db import ReadDb
from projections.read.events import EventReader
from projections.read.listener import Listener, Progress, payload_of, progress_of
from projections.read.outcomes import Outcomes
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, Log, Story

pytestmark = pytest.mark.stack


async def test_waiters_get_outcomes_and_subscribers_what_was_opened_and_cancelled(
    generation: Generation, db: ReadDb
) -> None:
    log = Log(1)
    ana = Story(log)
    arrived = ana.arrives()
    ana.writes()
    ana.turn_closes()
    ana.replies()
    cancelled = ana.cancels()
    refused = log.refuse(COMPANY, ana.journey, "stale")
    told: list[Progress] = []
    async with (
        Listener(generation.dsn(Role.RUNNER)) as listener,
        PostgresProjector(generation.dsn(Role.PROJECTOR), generation.n, log.keys) as projector,
    ):
        await projector.open_positions(log.genesis())
        listener.subscribe(told.append)
        outcomes = Outcomes(db, listener)
        assert await outcomes.wait(ana.journey, arrived.command_id or "", 0.05) is None
        waiting = asyncio.create_task(outcomes.wait(ana.journey, refused.command_id or "", 10))
        at_end = asyncio.create_task(listener.wait_for(0, refused.first_offset, 10))
        await projector.apply(log.commits)
        outcome = await waiting
        assert await at_end
        assert not await listener.wait_for(0, refused.next_offset, 0.15)
        first = await outcomes.get(ana.journey, arrived.command_id or "")
    assert outcome is not None
    assert (outcome.accepted, outcome.code, outcome.detail) == (False, "stale", "said no")
    assert first is not None
    assert first.accepted
    assert [event.topic for event in first.events] == [
        "LeadCreated", "AliasLinked", "ContactUpdated", "ConversationStarted",
    ]  # fmt: skip
    opened = {kind for progress in told for kind in progress.opened}
    assert opened == {"close_turn", "reply", "chunk"}
    assert len({id_ for progress in told for id_ in progress.cancelled}) == 3 + 1
    found = await EventReader(db).event_at(ana.journey, ana.stream, cancelled.events[0].meta.version)
    assert found == cancelled.events[0]


async def test_a_listener_whose_connection_dies_comes_back(generation: Generation) -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    async with Listener(generation.dsn(Role.RUNNER)) as listener:
        async with asyncio.timeout(10):
            while not listener.connected:
                await listener.moved(0.05, since=listener.ticks)
        async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'legion_runner'"
                " and datname = current_database()"
            )
        await generation.project(log)
        assert await listener.wait_for(0, log.commits[-1].next_offset - 1, 10)


def test_a_note_too_long_for_notify_keeps_its_position() -> None:
    short = Progress(3, 9, ("a",), ("chunk",))
    assert progress_of(payload_of(short, NOTIFY_BYTES)) == short
    long = Progress(3, 9, tuple(f"{n:036}" for n in range(300)), ("chunk",))
    payload = payload_of(long, NOTIFY_BYTES)
    assert len(payload) < 8000
    assert progress_of(payload) == Progress(3, 9)


async def test_journey_events_come_in_the_order_of_the_log_and_by_id(generation: Generation, db: ReadDb) -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    log.refuse(COMPANY, ana.journey)
    ana.writes()
    await generation.project(log)
    reader = EventReader(db)
    placed = await reader.journey_events(ana.journey)
    assert [one.recorded for one in placed] == [event for commit in log.commits for event in commit.events]
    rest = await reader.journey_events(ana.journey, after=placed[2].position)
    assert rest == placed[3:]
    assert await reader.by_id(placed[4].recorded.meta.event_id) == placed[4]
    assert [one.recorded.meta.version for one in await reader.stream_events(ana.journey, ana.stream, after=1)] == [2]
    record = await reader.record(placed[4].position)
    assert record is not None
    assert (record.key, record.value, record.headers) == log.records[placed[4].position.offset][3:]
