"""The main job: a burst is gathered, answered once, in order; a newer message or a person stops the answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.centurion.settings import OnFailure
from proof.ground.shop import FALLBACK, SETTINGS, Shop, open_shop
from proof.ground.world import PRICE, Ground, until

pytestmark = pytest.mark.stack


async def test_three_messages_make_one_turn_and_one_answer_in_order_with_receipts(shop: Shop) -> None:
    talk = shop.talk()
    for text in ("Hi", "I would like to know", "what your courses cost"):
        await talk.writes(text, name="Bia")
        await asyncio.sleep(0.25)
    messages = await talk.answered()
    topics = await talk.topics()
    assert topics.count("TurnClosed") == topics.count("ReplyGenerated") == 1
    chunks = [message for message in messages if message.direction == "out"]
    shown = await talk.shown()
    assert [chunk.text for chunk in chunks] == [each["text"] for each in shown]
    assert {chunk.state for chunk in chunks} == {"sent"}
    assert [chunk.seq for chunk in chunks] == list(range(len(chunks)))
    assert [message.text for message in messages if message.direction == "in"] == [
        "Hi",
        "I would like to know",
        "what your courses cost",
    ]
    conversation = await talk.conversation()
    assert conversation is not None
    assert conversation.lead_name == "Bia"
    async with shop.ground.reads.system() as conn:
        cursor = await conn.execute(
            "select prompt_tokens, completion_tokens, cost_micros from core.replies where conversation_id = %s",
            (conversation.id,),
        )
        [(prompt_tokens, completion_tokens, cost)] = await cursor.fetchall()
    assert cost == PRICE.cost_micros(prompt_tokens, completion_tokens) > 0

    async def all_read() -> bool:
        return all(m.receipt == "read" for m in await talk.messages() if m.direction == "out")

    await until("receipts", all_read)


async def test_a_fourth_message_while_the_reply_is_made_leads_to_one_answer_to_all(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.openai, kind="delay", seconds=1.5, count=1)
    for text in ("one", "two", "three"):
        await talk.writes(text)

    async def making() -> bool:
        return "TurnClosed" in await talk.topics()

    await until("the first turn's close", making)
    await talk.writes("four")
    await talk.answered()
    topics = await talk.topics()
    assert topics.count("ReplyCancelled") == 1
    assert topics.count("TurnClosed") == 2
    assert topics.count("ReplyGenerated") == 1
    assert topics.index("ReplyCancelled") < topics.index("ReplyGenerated")
    assert await talk.shown_too_often() == []


async def test_an_answer_typed_on_the_phone_silences_the_centurion(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.openai, kind="delay", seconds=1.5, count=1)
    await talk.writes("hello?")

    async def making() -> bool:
        return "TurnClosed" in await talk.topics()

    await until("the turn's close", making)
    await talk.typed_on_phone("I am here myself")

    async def human() -> bool:
        conversation = await talk.conversation()
        return conversation is not None and conversation.floor == "human"

    await until("the floor", human)
    await talk.writes("thank you")

    async def received() -> bool:
        return (await talk.topics()).count("MessageReceived") == 2

    await until("the next message", received)
    topics = await talk.topics()
    assert topics.count("HumanMessageSent") == topics.count("FloorTaken") == topics.count("ReplyCancelled") == 1
    assert "ReplyGenerated" not in topics
    assert await talk.shown() == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "error", "status": 500}, "chat_unavailable"),
        ({"kind": "error", "status": 429}, "chat_rate_limited"),
        ({"kind": "hang"}, "chat_timeout"),
        ({"kind": "cut", "tokens": 2}, "chat_unavailable"),
        ({"kind": "error", "status": 401}, "chat_refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)
async def test_an_ai_that_gives_no_answer_leads_to_the_stated_message(
    legion: Ground, shop: Shop, fault: dict[str, object], code: str
) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.openai, **fault)
    await talk.writes("hi")
    messages = await talk.answered(timeout_s=60)
    assert [each["text"] for each in await talk.shown()] == [FALLBACK]
    assert [m.text for m in messages if m.direction == "out"] == [FALLBACK]
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select code from core.replies where conversation_id = %s", (messages[0].conversation_id,)
        )
        assert await cursor.fetchall() == [(code,)]


async def test_one_failure_of_the_ai_is_tried_again(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.openai, kind="error", status=503, count=1)
    await talk.writes("hi")
    await talk.answered(timeout_s=60)
    assert "ReplyGenerated" in await talk.topics()


async def test_where_people_shall_take_over_the_floor_is_theirs(legion: Ground) -> None:
    shop = await open_shop(legion, replace(SETTINGS, on_failure=OnFailure.HUMAN))
    talk = shop.talk()
    await legion.fault(legion.places.openai, kind="error", status=401)
    await talk.writes("hi")

    async def human() -> bool:
        conversation = await talk.conversation()
        return conversation is not None and conversation.floor_reason == "ai_failed"

    await until("the floor", human)
    assert await talk.shown() == []


async def test_a_provider_that_is_too_busy_gets_the_chunk_later(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.evolution, kind="refuse", status=429, count=1)
    await talk.writes("hi")
    await talk.answered(timeout_s=60)
    topics = await talk.topics()
    assert topics.count("ChunkRejected") == 1
    assert await talk.shown_too_often() == []


async def test_a_provider_that_refuses_for_good_ends_the_reply_and_asks_a_human(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.evolution, kind="refuse", status=400, count=1)
    await talk.writes("hi")

    async def asked() -> bool:
        conversation = await talk.conversation()
        return conversation is not None and conversation.human_asked == "chunk_failed"

    await until("a human", asked)
    assert await talk.shown() == []


async def test_an_answer_lost_after_it_was_taken_is_known_by_its_echo(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await legion.fault(legion.places.evolution, kind="error_after_accept", status=500, count=1)
    await talk.writes("hi")
    messages = await talk.answered(timeout_s=60)
    assert {m.state for m in messages if m.direction == "out"} == {"sent"}
    assert await talk.shown_too_often() == []


async def test_who_opts_out_gets_no_answer_any_more(shop: Shop) -> None:
    talk = shop.talk()
    await talk.writes("Parar")

    async def received() -> bool:
        return "MessageReceived" in await talk.topics()

    await until("the message", received)
    assert not {"TurnClosed", "ReplyGenerated"} & set(await talk.topics())
    conversation = await talk.conversation()
    assert conversation is not None
    assert conversation.turn_id is None


async def test_a_message_from_yesterday_asks_a_human_and_gets_no_answer(shop: Shop) -> None:
    talk = shop.talk()
    await talk.writes("still there?", timestamp=1_700_000_000)

    async def asked() -> bool:
        conversation = await talk.conversation()
        return conversation is not None and conversation.human_asked == "late_message"

    await until("a human", asked)
    assert "TurnClosed" not in await talk.topics()
