"""An attempt whose answer and echo are both lost is looked for at the provider: found is sent, not found is unknown."""

from __future__ import annotations

import asyncio

import pytest

from tests.streams.world import Ground, Shop, Talk, until

pytestmark = pytest.mark.stack

RESOLVED_S = 90.0
"""The call's time-out, 30 s, and a busy machine."""


async def unanswered(legion: Ground, talk: Talk, kind: str, end: str) -> None:
    await legion.fault(legion.places.evolution, kind="drop_echoes")
    await legion.fault(legion.places.evolution, kind=kind, count=1)
    await talk.writes("hi")

    async def ended() -> bool:
        return end in await talk.topics()

    await until(end, ended, RESOLVED_S)


async def test_what_the_provider_holds_is_sent_and_the_rest_follows(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await unanswered(legion, talk, "error_after_accept", "ReplyFinished")
    messages = await talk.answered()
    shown = await talk.shown()
    assert await talk.shown_too_often() == []
    assert [m.provider_id for m in messages if m.direction == "out"] == [each["id"] for each in shown]


async def test_what_is_not_found_is_unknown_and_never_tried_again(legion: Ground, shop: Shop) -> None:
    talk = shop.talk()
    await unanswered(legion, talk, "never_accepts", "ChunkOutcomeUnknown")
    await asyncio.sleep(3)  # longer than a lease: whoever would try again had the time
    assert await talk.shown() == []
    assert (await talk.topics()).count("ChunkAttempted") == 1
    conversation = await talk.conversation()
    assert conversation is not None
    assert conversation.human_asked == "outcome_unknown"
