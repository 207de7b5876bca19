"""`legion audit dead-letters`: what stands in [dlq], without bodies."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from cli.audit.dead_letters import dead_letters
from domain.kernel.errors import Unavailable
from eventlog.dlq import DeadLetter, Dlq
from eventlog.producer import RawLog
from eventlog.topics import Topics, create_topics
from proof.servers import reserved_port

pytestmark = pytest.mark.stack


async def test_letters_are_listed_eldest_first_without_their_bodies(kafka: str) -> None:
    topics = Topics(f"test-{uuid.uuid4().hex}.")
    await create_topics(kafka, topics, 1, single_node=True)
    assert [letter async for letter in dead_letters(kafka, topics.dlq)] == []
    log = RawLog(kafka)
    sent = [
        DeadLetter(processor="normalise", code=f"c{n}", detail="why", topic="x", partition=2, offset=n, body=b"sealed")
        for n in range(600)
    ]
    for letter in sent:
        await Dlq(log, topics).send(letter)
    await log.stop()
    found = [letter async for letter in dead_letters(kafka, topics.dlq)]
    assert [letter["id"] for letter in found] == [letter.id for letter in sent]
    assert [letter["offset"] for letter in found] == list(range(600))
    assert found[7]["source"] == {"topic": "x", "partition": 2, "offset": 7}
    assert (found[7]["processor"], found[7]["code"], found[7]["detail"]) == ("normalise", "c7", "why")
    assert datetime.now(UTC) - found[0]["at"] < timedelta(minutes=5)
    assert "body" not in found[0]


async def test_a_broker_that_is_away_is_told_in_words() -> None:
    with reserved_port() as port, pytest.raises(Unavailable):
        await anext(dead_letters(f"127.0.0.1:{port}", "legion.dlq"))
