"""A dead letter is looked at, mended and run again: once, visibly, and without a second copy of what was handled."""

from __future__ import annotations

import orjson
import psycopg
import pytest

from cli.dlq.again import Again, retry_all
from domain.kernel.errors import Refused
from domain.kernel.ids import derived
from eventlog.dead_letters import Letter, Letters, read_letters
from eventlog.model import Recorded
from projections.read.events import EventReader
from projections.read.timeline import Message
from proof.ground.shop import Shop
from proof.ground.world import Ground, until
from streams.effects import simple
from streams.ingress_log import IngressLog
from tests.streams.test_effects_stack import closed, happens, texts, topics_of
from tests.streams.test_normalise_stack import post, upsert

pytestmark = pytest.mark.stack


def again(legion: Ground) -> Again:
    places = legion.places
    fetch = IngressLog(places.kafka, places.topics.ingress).record
    return Again(vault=legion.vault, acceptor=legion.acceptor, fetch=fetch, by="ana")


async def letters_of(legion: Ground) -> Letters:
    return await read_letters(legion.places.kafka, legion.places.topics.dlq)


async def letter(legion: Ground, shop: Shop, code: str, run: int = 0) -> tuple[Letters, Letter]:
    """Waits for the shop's newest letter of this code and run."""

    async def ask() -> tuple[Letters, Letter] | None:
        letters = await letters_of(legion)
        mine = [each for each in letters.all() if each.key == shop.instance.encode()]
        found = [each for each in mine if (each.code, each.run) == (code, run)]
        return (letters, found[-1]) if found else None

    return await until(f"a letter {code}", ask)


async def received_events(legion: Ground, conversation: str) -> list[Recorded]:
    journey = await _journey(legion, conversation)
    placed = await EventReader(legion.reads).stream_events(journey, conversation)
    return [each.recorded for each in placed if each.recorded.event.TOPIC == "MessageReceived"]


async def _journey(legion: Ground, stream: str) -> str:
    async with legion.reads.system() as conn:
        cursor = await conn.execute("select journey from core.journal where stream = %s limit 1", (stream,))
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def test_a_mended_body_is_received_late_and_a_human_is_asked(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    body = upsert(shop, talk, "mended")
    await post(shop, orjson.dumps(body)[:-2])
    letters, dead = await letter(legion, shop, "not_understood")
    assert await again(legion).body(dead) == orjson.dumps(body)[:-2]
    done = await again(legion).edit(letters, dead, orjson.dumps(body))
    assert (done.edited, done.by, done.run) == (True, "ana", 1)

    async def received() -> list[Message] | None:
        return [m for m in await talk.messages() if m.text == "mended"] or None

    (message,) = await until("the message", received)
    assert message.late
    assert "HumanAsked" in await talk.topics()
    assert "TurnClosed" not in await talk.topics()
    letters = await letters_of(legion)
    assert letters.resent(dead) == [done]
    with pytest.raises(Refused, match="already_resent"):
        await again(legion).retry(letters, dead)
    (event,) = await received_events(legion, f"conversation-{message.conversation_id}")
    assert event.meta.causation == derived("ingress", done.partition, done.offset)
    assert event.meta.correlation == derived("ingress", dead.partition, dead.source_offset)  # leads back to the old one


async def test_a_body_run_again_twice_at_once_doubles_nothing(legion: Ground, shop: Shop) -> None:
    """Two operators who both saw it wait: the second run has the first one's ids. Of the half that was understood the
    first time nothing comes twice, also without an id of the provider's."""
    talk = shop.talk()
    body = upsert(shop, talk, "once")
    body["data"] = [body["data"], "odd"]
    await post(shop, orjson.dumps(body))
    letters, dead = await letter(legion, shop, "partly_understood")
    first = await again(legion).retry(letters, dead)
    second = await again(legion).retry(letters, dead)  # `letters` are of before
    assert first.run == second.run == 1
    assert first.offset != second.offset or first.partition != second.partition
    fresh, _ = await letter(legion, shop, "partly_understood", run=1)  # it died again, as another letter

    async def both() -> bool:
        found = [each for each in (await letters_of(legion)).all() if each.run == 1 and each.key == dead.key]
        return len(found) == 2

    await until("both runs", both)
    assert [m.text for m in await talk.messages() if m.direction == "in"] == ["once"]
    assert len(fresh.resent(dead)) == 2  # nothing is hidden


async def test_many_are_sent_within_limits_and_letters_of_the_edge_are_not(legion: Ground, shop: Shop) -> None:
    for _ in range(3):
        await post(shop, b"{not json")
    await legion.acceptor.reject(shop.instance, "body_too_large", "x")

    async def three() -> Letters | None:
        found = await letters_of(legion)
        return found if len(found.waiting("not_understood")) >= 3 else None

    letters = await until("letters", three)
    before = len(letters.waiting("not_understood"))
    said: list[Letter] = []
    swept = await retry_all(again(legion), letters, code="not_understood", limit=2, rate=1000, said=said.append)
    assert (len(swept.resent), swept.failed, swept.left) == (2, {}, before - 2)
    assert [each.offset for each in said] == [each.offset for each in letters.waiting("not_understood")[:2]]
    edge = next(each for each in letters.all() if each.processor == "ingress")
    with pytest.raises(Refused, match="not_runnable"):
        await again(legion).retry(letters, edge)


async def test_a_message_between_closed_journeys_ends_as_a_letter_that_can_be_run_once_its_aliases_moved(
    legion: Ground, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It used to be run for ever: each run moved it again."""
    monkeypatch.setattr(simple, "MAX_RUNS", 2)
    loser, winner = await closed(legion, shop)
    await loser.talk.writes("anybody?")
    await happens(legion, f"lead-{loser.lead}", "EffectAbandoned", 60)
    topics = await topics_of(legion, f"lead-{loser.lead}")
    assert topics.count("MessageMoved") == 3
    letters, dead = await letter(legion, shop, simple.NO_WINNER, run=3)
    async with await psycopg.AsyncConnection.connect(legion.places.vault_dsn) as vault:
        await vault.execute("update alias set lead = %s where lead = %s", (winner.lead, loser.lead))
    await again(legion).retry(letters, dead)

    async def arrived() -> bool:
        return ("anybody?", True) in await texts(legion, winner.conversation)

    await until("the message", arrived)
    assert (await texts(legion, winner.conversation)).count(("anybody?", True)) == 1
