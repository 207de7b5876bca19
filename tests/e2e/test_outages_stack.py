"""Kafka, PostgreSQL and ClickHouse are killed under a running stack while leads write: what was answered 200 is an
event exactly once, and everything catches up by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import orjson
import pytest

from cli.demo.client import until
from domain.kernel.errors import Unavailable
from proof.ground.running import BACK_S, LEADS, Running, at_work, leads_write
from proof.ground.stack import Stack, legion, operate, wait_ready
from proof.servers import data_folder

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

MORE = 40
"""Bodies accepted after the kill: then it is over."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with data_folder("outages") as folder, legion(folder, "up") as running:
        wait_ready(running)
        yield running


@pytest.fixture(scope="module")
async def running(stack: Stack) -> AsyncIterator[Running]:
    async with at_work(stack) as made:
        yield made


@pytest.mark.parametrize("server", ["kafka.Kafka", "postgres", "embedded.clickhouse"])
async def test_what_was_accepted_is_there_once_and_all_catch_up_by_themselves(running: Running, server: str) -> None:
    running.accepted.clear()
    running.statuses.clear()
    async with leads_write(running):

        async def some() -> bool:
            return len(running.accepted) >= 10

        await until("messages", some, BACK_S)
        await running.kill(server)
        killed_at = len(running.accepted)

        async def more() -> bool:
            return len(running.accepted) >= killed_at + MORE

        await until("messages again", more, BACK_S)
    if server == "kafka.Kafka":
        assert running.statuses[503] > 0  # the control: it was away

    async def all_there() -> bool:
        found = await running.rows("select provider_id from core.messages where direction = 'in'")
        return set(running.accepted) <= {id_ for (id_,) in found}

    try:
        await until("every accepted message", all_there, BACK_S)
        await running.answers()
        await until("ClickHouse to agree", running.clickhouse_agrees, BACK_S)
    except Unavailable as late:
        raise AssertionError(f"{late.detail}\n{running.stack.tail()}") from late
    [(events, messages)] = await running.rows(
        "select (select count(*) from core.journal where topic = 'MessageReceived'),"
        " (select count(*) from core.messages where direction = 'in')"
    )
    assert events == messages
    assert len(running.accepted) == len(set(running.accepted))


@pytest.mark.parametrize("service", ["simulators.evolution", "simulators.openai"])
async def test_a_provider_that_dies_while_an_answer_is_made_is_met_again(running: Running, service: str) -> None:
    """Each message is shown once; or a call was under way, and a human is asked."""
    phone = await running.asks()

    async def made() -> bool:
        return "TurnClosed" in await running.topics(phone)

    await until("the turn's close", made, BACK_S)
    await running.kill(service)

    async def ended() -> bool:
        return bool({"ReplyFinished", "HumanAsked"} & set(await running.topics(phone)))

    try:
        await until("an end", ended, BACK_S)
    except Unavailable as late:
        raise AssertionError(f"{late.detail}\n{running.stack.tail()}") from late
    shown = await running.shown(phone)
    assert len(shown) == len(set(shown))
    assert shown or "ChunkOutcomeUnknown" in await running.topics(phone)


async def test_a_rebuild_shown_in_the_middle_of_answers_sends_nothing_twice(running: Running) -> None:
    answered = await running.asks()

    async def finished(*phones: str) -> bool:
        return all(["ReplyFinished" in await running.topics(phone) for phone in phones])

    await until("an answer", lambda: finished(answered), BACK_S)
    before = await running.shown(answered)
    waiting = [await running.asks() for _ in range(LEADS)]
    rebuilt = await asyncio.to_thread(operate, running.stack, "rebuild", "--json")
    assert rebuilt.returncode == 0, rebuilt.stderr
    report = orjson.loads(rebuilt.stdout)
    assert (report["equal"], report["shown"]) == (True, True)
    running.generation = report["generation"]
    try:
        await until("all answers", lambda: finished(*waiting), BACK_S)
    except Unavailable as late:
        raise AssertionError(f"{late.detail}\n{running.stack.tail()}") from late
    assert await running.shown(answered) == before
    for phone in waiting:
        shown, sent = await running.shown(phone), (await running.topics(phone)).count("ChunkSent")
        assert len(shown) == len(set(shown)) == sent > 0
