"""Server-sent events: one company's, in order, resumed without loss or repetition."""

from __future__ import annotations

import asyncio

import pytest

from tests.api.sse import listening
from tests.api.world import World

pytestmark = pytest.mark.stack
LEADS = 12
EVENTS_OF_A_LEAD = 6
"""The lead, its alias, its name, the conversation, its first message, and that a human is asked: nobody answers."""


async def test_a_company_sees_its_own_events_and_no_others(world: World) -> None:
    mine, other = await world.company(), await world.company()
    async with listening(world.http, mine) as feed:
        await world.lead(other, "not for you")
        lead, conversation = await world.lead(mine, "Olá")
        events = await feed.wait(3)
    assert {event["tenant"] for event in events} == {mine}
    assert {event["journey"] for event in events} == {f"lead/{lead}"}
    assert [event["type"] for event in events] == feed.types
    received = next(event for event in events if event["type"] == "MessageReceived")
    assert received["stream"] == f"conversation-{conversation}"
    assert received["actor"]["id"] == "bootstrap"
    assert set(received["data"]["text"]) == {"sealed"}
    assert "Olá" not in str(events)


async def test_from_the_start_everything_comes_and_refusals_too(world: World) -> None:
    company = await world.company()
    _, conversation = await world.lead(company)
    refused = await world.http.put(
        f"/v1/conversations/{conversation}/floor", json={"holder": "centurion"}, headers=world.tenant(company)
    )
    assert refused.status_code == 409
    async with listening(world.http, company, after="start") as feed:
        while "CommandRefused" not in feed.types:
            await feed.wait(len(feed.events) + 1)
    refusal = next(event for event in feed.events if event["type"] == "CommandRefused")
    assert (refusal["data"]["code"], refusal["version"]) == ("floor_not_taken", None)


async def test_resuming_after_each_event_loses_and_repeats_nothing(world: World) -> None:
    company = await world.company()
    async with listening(world.http, company) as whole:
        begin = whole.last_id
        writing = asyncio.gather(*(world.lead(company, f"m{number}") for number in range(LEADS)))
        ids: list[str] = []
        last, total = begin, LEADS * EVENTS_OF_A_LEAD
        while len(ids) < total:  # a new connection for every few events, while they are being written
            async with listening(world.http, company, last_event_id=last) as part:
                await part.wait(1)
                ids += [event["id"] for event in part.events]
                last = part.last_id
        await writing
        expected = [event["id"] for event in await whole.wait(total)]
    assert len(ids) == len(set(ids)) == total
    assert set(ids) == set(expected)


async def test_a_stream_that_was_cut_before_its_first_event_resumes_where_it_began(world: World) -> None:
    company = await world.company()
    async with listening(world.http, company) as silent:
        begin = silent.last_id
    await world.lead(company)
    async with listening(world.http, company, last_event_id=begin) as feed:
        assert {event["journey"].split("/")[0] for event in await feed.wait(3)} == {"lead"}


@pytest.mark.parametrize("after", ["x", "0", "99:1", "0:1,0:2"])
async def test_a_place_that_is_none_is_refused(world: World, after: str) -> None:
    tenant = world.tenant(await world.company())
    by_query = await world.http.get("/v1/events", params={"after": after}, headers=tenant)
    by_header = await world.http.get("/v1/events", headers={**tenant, "last-event-id": after})
    for answer in (by_query, by_header):
        assert (answer.status_code, answer.json()["code"]) == (422, "position_invalid")
