"""A whole streams process is stopped (SIGSTOP) for longer than its leases: another takes over, nothing is sent twice,
and what the frozen one says afterwards is refused, or known for what it is."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.effect import calling
from domain.kernel.ids import lead_journey
from proof.ground.shop import SETTINGS, Shop, Talk, open_shop
from proof.ground.world import Ground, until
from proof.harm.senders import sender
from proof.servers import Server

pytestmark = pytest.mark.stack

READY_S = 60.0
"""Imports, the gate, Faust's group."""


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolved three seconds after a call could begin, so that the frozen one comes too late for everything."""
    monkeypatch.setattr(calling, "RESOLVE_AFTER", timedelta(seconds=1))


@pytest.fixture(scope="module")
async def other(legion_without_streams: Ground, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """All of `legion streams`, and well."""
    with sender(legion_without_streams, tmp_path_factory.mktemp("other"), whole=True) as server:
        await ready(server)
        yield server


@pytest.fixture(scope="module")
async def shop(legion_without_streams: Ground) -> Shop:
    """Long enough a window to see the message before anybody takes it up."""
    return await open_shop(legion_without_streams, replace(SETTINGS, window_ms=2_000, cap_ms=4_000))


def stopped(server: Server) -> bool:
    assert server.running.poll() is None, server.tail()
    state = Path(f"/proc/{server.running.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return state == "T"


async def ready(server: Server) -> None:
    async def started() -> bool:
        assert server.running.poll() is None, server.tail()
        return "streams_started" in server.tail() and "gate_passed" in server.tail()

    await until("the process", started, READY_S)


@asynccontextmanager
async def frozen_at(shop: Shop, one: Server, other: Server) -> AsyncIterator[Talk]:
    """A lead writes and `one` freezes itself over the answer, while the other could not take it. Then the other may."""
    talk = shop.talk()
    await talk.writes("hi")

    async def received() -> bool:
        return "MessageReceived" in await talk.topics()

    await until("the message", received)  # whoever of them has the partition
    other.running.send_signal(signal.SIGSTOP)

    async def frozen() -> bool:
        return stopped(one)

    try:
        await until("the freeze", frozen)
    finally:
        other.running.send_signal(signal.SIGCONT)
    yield talk


def thaw(server: Server) -> None:
    server.running.send_signal(signal.SIGCONT)


async def refused(legion: Ground, talk: Talk) -> list[str | None]:
    """Codes of the refusals in the lead's journey."""
    conversation = await talk.conversation()
    assert conversation is not None
    journey = lead_journey(conversation.lead_id)
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select distinct command_id from core.journal where journey = %s and version is null", (journey,)
        )
        ids = [id_ for (id_,) in await cursor.fetchall()]
    outcomes = [await legion.outcomes.get(journey, id_) for id_ in ids]
    return [outcome.code for outcome in outcomes if outcome is not None]


async def test_what_a_frozen_process_was_at_is_taken_over_and_its_late_words_change_nothing(
    legion_without_streams: Ground, shop: Shop, other: Server, tmp_path: Path, soon: None
) -> None:
    legion = legion_without_streams
    points = ("before_reply", "before_attempt", "before_call")
    with sender(legion, tmp_path, *points, freeze=True, whole=True) as one:
        await ready(one)
        await replied_late(shop, one, other)
        await attempted_late(legion, shop, one, other)
        await called_late(shop, one, other)


async def replied_late(shop: Shop, one: Server, other: Server) -> None:
    """Frozen with an answer in its hands: it is kept with its cost, and shown to nobody."""
    async with frozen_at(shop, one, other) as talk:
        await talk.answered(timeout_s=60)
    assert stopped(one)
    assert "ReplyDiscarded" not in await talk.topics()
    thaw(one)

    async def discarded() -> bool:
        return "ReplyDiscarded" in await talk.topics()

    await until("the discarded reply", discarded)
    assert (await talk.topics()).count("ReplyGenerated") == 1
    assert await talk.shown_too_often() == []


async def attempted_late(legion: Ground, shop: Shop, one: Server, other: Server) -> None:
    """Frozen before it claims the chunk: the log says no."""
    async with frozen_at(shop, one, other) as talk:
        await talk.answered(timeout_s=60)
    assert stopped(one)
    assert "chunk_not_pending" not in await refused(legion, talk)
    thaw(one)

    async def said_no() -> bool:
        return "chunk_not_pending" in await refused(legion, talk)

    await until("the refusal", said_no)
    assert await talk.shown_too_often() == []


async def called_late(shop: Shop, one: Server, other: Server) -> None:
    """Frozen between the check and the call: the other says unknown and sends no more; then the call is made, once."""
    async with frozen_at(shop, one, other) as talk:

        async def unknown() -> bool:
            return "ChunkOutcomeUnknown" in await talk.topics()

        await until("the outcome unknown", unknown)
    assert stopped(one)
    assert await talk.shown() == []
    thaw(one)

    async def sent() -> bool:
        return "ChunkSent" in await talk.topics()

    await until("the late success", sent)
    assert len(await talk.shown()) == 1
    assert (await talk.topics()).count("ChunkAttempted") == 1


async def test_the_control_that_trusts_its_lease_sends_twice_once_it_is_thawed(
    legion_without_streams: Ground, shop: Shop, other: Server, tmp_path: Path
) -> None:
    with sender(legion_without_streams, tmp_path, "before_call", freeze=True, whole=True, careless=True) as one:
        await ready(one)
        async with frozen_at(shop, one, other) as talk:
            await talk.answered(timeout_s=60)
        thaw(one)

        async def twice() -> bool:
            return len(await talk.shown_too_often()) == 1

        await until("the second time", twice)
