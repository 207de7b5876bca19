"""The event stream: of one company, and of its events those that the reader may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api import auth
from api.routes import events
from domain.access.reading import READ_OF
from domain.access.sight import WHOLE
from domain.kernel.actor import Permission
from domain.kernel.ids import category_of
from tests.api.people import client
from tests.api.sse import listening
from tests.api.world import World
from tests.isolation import witness
from tests.isolation.cast import CAST, Actor
from tests.isolation.players import Player
from tests.isolation.run import Stage
from tests.isolation.stage import staged

pytestmark = pytest.mark.stack
READERS = tuple(
    each for each in CAST if each.name in {"company_admin", "viewer", "own role", "holding auditor", "stranger"}
)


@pytest.fixture(scope="module")
async def stage(world: World) -> AsyncIterator[Stage]:
    async with staged(world, READERS) as opened:
        floor = f"/v1/conversations/{opened.own.ids['conversation']}/floor"
        refused = await world.http.put(
            floor, json={"holder": "centurion"}, headers=world.tenant(opened.own.ids["company"])
        )
        assert refused.status_code == 409, "a refusal stands in the journal, too"
        yield opened


async def whole(stage: Stage) -> list[dict[str, Any]]:
    """All events and refusals of the company, as the bootstrap token sees them: as many as the journal has."""
    count = await witness.recorded(stage.own)
    async with listening(stage.own.world.http, stage.own.ids["company"], after="start") as feed:
        found = list(await feed.wait(count))
    assert "CommandRefused" in feed.types
    return found


def visible(stage: Stage, actor: Actor, event: dict[str, Any]) -> bool:
    """By the matrix, and by who sees the hidden lead."""
    hidden = event["journey"] == f"lead/{stage.hidden.ids['lead']}"
    may = actor.may(READ_OF[category_of(event["stream"])], in_company=True)
    return may and (actor.sees_all_leads or not hidden)


async def seen(stage: Stage, player: Player, company: str, count: int) -> list[dict[str, Any]]:
    """The first events that the player is sent."""
    async with client(stage.own.world) as http:
        http.headers.update(await player.headers())
        async with listening(http, company, after="start") as feed:
            return list(await feed.wait(count))


async def faults(stage: Stage) -> list[str]:
    everything = await whole(stage)
    found: list[str] = []
    for actor in READERS:
        if actor.stranger:
            continue
        told = [event["id"] for event in everything if visible(stage, actor, event)]
        assert told, f"{actor.name}: nothing to see"
        got = await seen(stage, stage.players[actor.name], stage.own.ids["company"], len(told))
        found += [f"{actor.name}: {event['type']} of {event['tenant']}" for event in got if event["id"] not in told]
        found += [f"{actor.name}: another company's mark" for event in got if stage.other.mark in str(event)]
    return found


async def test_each_reader_is_sent_what_the_matrix_lets_them_see(stage: Stage) -> None:
    assert await faults(stage) == []


async def test_who_works_elsewhere_is_sent_nothing(stage: Stage) -> None:
    headers = await stage.players["stranger"].headers() | stage.own.world.tenant(stage.own.ids["company"])
    answer: httpx.Response = await stage.http.get("/v1/events", params={"after": "start"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_mismatch")


async def test_a_feed_that_filters_nothing_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(events, "to_read", lambda _stream: Permission.COMPANY_READ)
    assert any(said.startswith("own role") for said in await faults(stage))


async def test_a_feed_of_who_sees_every_lead_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(auth, "sight_of", lambda _actor: WHOLE)
    assert any(said.startswith("own role: LeadCreated") for said in await faults(stage))
