"""Pages by seeking: every row once, in order, whatever the page's size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import pytest

from domain.access.sight import WHOLE
from projections.read import conversations, leads, timeline
from projections.read.db import ReadDb
from projections.read.page import Page
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, INSTANCE, OTHER, Log, Story, set_up

pytestmark = pytest.mark.stack


class Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


async def walk(page: Callable[[str | None], Awaitable[Page[T]]]) -> list[str]:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        found = await page(cursor)
        seen += [item.id for item in found.items]
        if found.next is None:
            return seen
        cursor = found.next


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_every_row_comes_once_and_the_latest_first(generation: Generation, db: ReadDb, limit: int) -> None:
    log = Log()
    set_up(log)
    stories = [Story(log, f"lead {n}") for n in range(5)]
    for story in stories:
        story.arrives()
        story.writes()
    stories[0].writes()
    stories[0].turn_closes()
    stories[0].replies(chunks=3)
    await generation.project(log)
    latest = [stories[0], *reversed(stories[1:])]
    async with db.company(COMPANY, WHOLE) as conn:
        assert await walk(lambda at: leads.leads(conn, COMPANY, limit=limit, after=at)) == [s.lead for s in latest]
        found = await walk(lambda at: conversations.conversations(conn, COMPANY, limit=limit, after=at))
        assert found == [s.conversation for s in latest]
        rows = await walk(lambda at: timeline.timeline(conn, COMPANY, stories[0].conversation, limit=limit, before=at))
        chunks = [stories[0].chunk(1, seq) for seq in (2, 1, 0)]
        assert rows == [*chunks, stories[0].id("message", 2), stories[0].id("message", 1)]
        of_one = await conversations.conversations(conn, COMPANY, lead=stories[3].lead)
        assert [one.id for one in of_one.items] == [stories[3].conversation]


async def test_a_provider_s_message_is_found_in_whichever_journey_it_is(generation: Generation, db: ReadDb) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    ana.writes()
    await generation.project(log)
    provider_id = f"in-{ana.lead[:8]}-1"
    async with db.company(COMPANY, WHOLE) as conn:
        known = await timeline.by_provider_id(conn, COMPANY, INSTANCE, provider_id)
        assert known is not None
        assert (known.lead_id, known.direction) == (ana.lead, "in")
        assert await timeline.by_provider_id(conn, COMPANY, "another instance", provider_id) is None
    async with db.company(OTHER, WHOLE) as conn:
        assert await timeline.by_provider_id(conn, COMPANY, INSTANCE, provider_id) is None
