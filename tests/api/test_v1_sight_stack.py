"""What a manager and an sdr see over the API: of a lead in every place where it shows, and no more after it went."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.people import Person, client, join
from tests.api.sse import Feed, listening
from tests.api.world import World, until

pytestmark = pytest.mark.stack
TAKEN_S = 5.0


@dataclass(frozen=True, slots=True)
class Shop:
    """Bia (sdr) and Max (manager) are in the north, Caio (sdr) in the south, Dan (manager) in no team."""

    world: World
    company: str
    admin: Person
    max: Person
    bia: Person
    caio: Person
    dan: Person
    north: str
    south: str

    @property
    def teams(self) -> str:
        return f"/v1/companies/{self.company}/teams"

    async def call(self, person: Person, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await person.call(method, path, body, x_tenant_id=self.company, **headers)

    async def give(
        self, lead: str, user: Person | None = None, team: str | None = None, *, by: Person | None = None
    ) -> httpx.Response:
        body = {"user": user and user.user, "team": team, "reason": "distribution"}
        return await self.call(by or self.admin, "PUT", f"/v1/leads/{lead}/assignment", body)

    async def given(self, lead: str, user: Person | None = None, team: str | None = None) -> str:
        """At which position."""
        answer = await self.give(lead, user, team)
        assert answer.status_code == 200, answer.text
        return str(answer.headers["x-legion-position"])

    async def seen(self, person: Person, lead: str, conversation: str, position: str = "") -> set[str]:
        """Where it shows to them."""
        fresh = {"x_legion_position": position} if position else {}
        listed = (await self.call(person, "GET", "/v1/leads", **fresh)).json()["items"]
        talks = (await self.call(person, "GET", "/v1/conversations")).json()["items"]
        of_lead = (await self.call(person, "GET", f"/v1/conversations?lead={lead}")).json()["items"]
        found = {
            "list": lead in {each["id"] for each in listed},
            "conversations": conversation in {each["id"] for each in talks},
            "its conversations": conversation in {each["id"] for each in of_lead},
        }
        for name, path in (
            ("lead", f"/v1/leads/{lead}"),
            ("conversation", f"/v1/conversations/{conversation}"),
            ("messages", f"/v1/conversations/{conversation}/timeline"),
        ):
            answer = await self.call(person, "GET", path)
            assert answer.status_code in {200, 404}, answer.text
            found[name] = answer.status_code == 200
        return {name for name, shown in found.items() if shown}


EVERYWHERE = {"list", "conversations", "its conversations", "lead", "conversation", "messages"}


@asynccontextmanager
async def listens(person: Person, shop: Shop, **query: str) -> AsyncIterator[Feed]:
    async with client(shop.world) as http:
        http.headers["authorization"] = f"Bearer {person.token}"
        async with listening(http, shop.company, **query) as feed:
            yield feed


def told_of(feed: Feed, lead: str) -> list[str]:
    """The types of events of that lead that came."""
    return [each["type"] for each in feed.events if each["journey"] == f"lead/{lead}"]


async def hears(feed: Feed, lead: str, kind: str = "LeadCreated", times: int = 1) -> None:
    """Until that event of that lead has come so often."""

    async def said() -> bool:
        return told_of(feed, lead).count(kind) == times

    await until(f"{kind} of {lead}", said)


async def made_team(admin: Person, company: str, name: str, *members: Person) -> str:
    made = await admin.call("POST", f"/v1/companies/{company}/teams", {"name": name})
    assert made.status_code == 200, made.text
    team = str(made.json()["team"])
    for each in members:
        seat = await admin.call("PUT", f"/v1/companies/{company}/teams/{team}/members/{each.user}")
        assert seat.status_code == 200, seat.text
    return team


@pytest.fixture(scope="module")
async def shop(world: World) -> Shop:
    company = await world.company()
    admin = await join(world, company, "company_admin")
    boss, dan = [await join(world, company, "manager", by=admin) for _ in range(2)]
    bia, caio = [await join(world, company, "sdr", by=admin) for _ in range(2)]
    north = await made_team(admin, company, "North", boss, bia)
    south = await made_team(admin, company, "South", caio)
    return Shop(world, company, admin, boss, bia, caio, dan, north, south)


async def test_who_sees_a_lead_follows_whose_it_is_everywhere(shop: Shop) -> None:
    lead, conversation = await shop.world.lead(shop.company)
    everybody = (shop.admin, shop.max, shop.bia, shop.caio, shop.dan)
    for user, team, see in (
        (None, None, everybody),
        (shop.bia, None, (shop.admin, shop.max, shop.bia)),
        (shop.caio, None, (shop.admin, shop.caio)),
        (None, shop.north, (shop.admin, shop.max, shop.bia)),
        (shop.max, shop.north, (shop.admin, shop.max)),
        (shop.dan, None, (shop.admin, shop.dan)),
        (None, shop.south, (shop.admin, shop.caio)),
    ):
        position = await shop.given(lead, user, team) if user or team else ""
        for person in everybody:
            seen = await shop.seen(person, lead, conversation, position)
            assert seen == (EVERYWHERE if person in see else set()), (user, team, person.email)
    shown = (await shop.call(shop.admin, "GET", f"/v1/leads/{lead}")).json()["lead"]
    assert (shown["assigned_user"], shown["assigned_team"]) == (None, shop.south)
    assert shown["assigned_at"] > shown["created_at"]


async def test_what_is_not_seen_is_not_written_either(shop: Shop) -> None:
    lead, conversation = await shop.world.lead(shop.company)
    await shop.given(lead, shop.caio)
    floor = f"/v1/conversations/{conversation}/floor"
    for person in (shop.bia, shop.max):
        refused = await shop.call(person, "PUT", floor, {"holder": "human"})
        assert (refused.status_code, refused.json()["code"]) == (404, "conversation_not_found")
        missing = await shop.call(person, "PUT", f"/v1/conversations/{uuid4()}/floor", {"holder": "human"})
        assert missing.json() | {"instance": ""} == refused.json() | {"instance": ""}, "as one that is not there"
    refused = await shop.give(lead, shop.max, by=shop.max)
    assert (refused.status_code, refused.json()["code"]) == (404, "lead_not_found")
    assert (await shop.give(lead, shop.bia, by=shop.bia)).status_code == 403
    control = await shop.call(shop.caio, "PUT", floor, {"holder": "human"})
    assert control.status_code == 200, control.text


async def test_a_manager_distributes_what_they_see(shop: Shop) -> None:
    lead, conversation = await shop.world.lead(shop.company)
    taken = await shop.give(lead, shop.bia, shop.north, by=shop.max)
    assert taken.status_code == 200, taken.text
    again = await shop.give(lead, shop.bia, shop.north, by=shop.max)
    assert (again.status_code, again.json()["code"]) == (409, "assignment_unchanged")
    away = await shop.give(lead, shop.caio, by=shop.max)
    assert away.status_code == 200
    position = away.headers["x-legion-position"]
    assert await shop.seen(shop.max, lead, conversation, position) == set()
    assert await shop.seen(shop.caio, lead, conversation, position) == EVERYWHERE


async def test_a_lead_goes_to_nobody_who_is_not_there(shop: Shop) -> None:
    lead, _ = await shop.world.lead(shop.company)
    stranger = await join(shop.world, await shop.world.company(), "sdr")
    foreign = await made_team(shop.admin, shop.company, "Gone soon")
    assert (await shop.admin.call("DELETE", f"{shop.teams}/{foreign}")).status_code == 200
    for user, team, told in (
        (stranger, None, (404, "unknown_member")),
        (None, str(uuid4()), (404, "unknown_team")),
        (None, foreign, (404, "unknown_team")),
        (shop.caio, shop.north, (409, "not_in_team")),
        (None, None, (409, "assignment_unchanged")),
    ):
        refused = await shop.give(lead, user, team)
        assert (refused.status_code, refused.json()["code"]) == told
    assert (await shop.give(str(uuid4()), shop.bia)).json()["code"] == "lead_not_found"
    path = f"/v1/leads/{lead}/assignment"
    for body in ({"user": None, "team": None}, {"user": "x", "team": None, "reason": "distribution"},
                 {"user": None, "team": None, "reason": "because"}, {"reason": "absence", "team": None},
                 {"user": None, "team": None, "reason": "absence", "more": 1}):  # fmt: skip
        assert (await shop.call(shop.admin, "PUT", path, body)).status_code == 422, body


async def test_the_event_stream_tells_of_a_lead_to_who_has_it_now(shop: Shop) -> None:
    instance = str(uuid4())
    lead, _ = await shop.world.lead(shop.company, "before", instance=instance)
    await shop.given(lead, shop.bia)
    other, _ = await shop.world.lead(shop.company, instance=instance)
    await shop.given(other, shop.caio)

    async with (
        listens(shop.bia, shop) as bia,
        listens(shop.caio, shop) as caio,
        listens(shop.max, shop) as boss,
        listens(shop.admin, shop) as admin,
    ):
        await shop.world.message(shop.company, lead, "mine", instance=instance)
        for feed in (bia, boss, admin):
            await hears(feed, lead, "MessageReceived")
        await shop.given(lead, shop.caio)
        await shop.world.message(shop.company, lead, "not theirs any more", instance=instance)
        await shop.world.message(shop.company, other, "only Caio's", instance=instance)
        await hears(admin, lead, "MessageReceived", 2)
        await hears(admin, other, "MessageReceived")
        unassigned, _ = await shop.world.lead(shop.company)  # behind all of that, and everybody's
        for feed in (bia, boss, caio, admin):
            await hears(feed, unassigned)
        assert "LeadAssigned" not in told_of(bia, lead)
        assert told_of(bia, lead).count("MessageReceived") == 1
        assert told_of(bia, other) == told_of(boss, other) == []
        assert told_of(boss, lead).count("MessageReceived") == 1
        assert told_of(admin, lead).count("MessageReceived") == 2, "the control: they were sent"
        assert {f"lead/{lead}", f"lead/{other}"} <= {each["journey"] for each in caio.events}
    async with listens(shop.bia, shop, after="start") as again, listens(shop.caio, shop, after="start") as whole:
        for feed in (again, whole):
            await hears(feed, unassigned)
        assert f"lead/{lead}" not in {each["journey"] for each in again.events}, "its past went with it"
        assert told_of(whole, lead)[0] == "LeadCreated"


async def test_a_seat_that_is_given_or_taken_counts_within_five_seconds(shop: Shop) -> None:
    lead, conversation = await shop.world.lead(shop.company)
    await shop.given(lead, shop.bia)
    seat = f"{shop.teams}/{shop.north}/members/{shop.dan.user}"
    assert await shop.seen(shop.dan, lead, conversation) == set()
    assert (await shop.admin.call("PUT", seat)).status_code == 200

    async def sees(what: set[str]) -> bool:
        return await shop.seen(shop.dan, lead, conversation) == what

    await until("sight", lambda: sees(EVERYWHERE), TAKEN_S)
    assert (await shop.admin.call("DELETE", seat)).status_code == 200
    await until("none", lambda: sees(set()), TAKEN_S)


async def test_a_lower_role_sees_less_within_five_seconds(shop: Shop) -> None:
    person = await join(shop.world, shop.company, "manager", by=shop.admin)
    team = await made_team(shop.admin, shop.company, f"Team {uuid4().hex[:6]}", person, shop.caio)
    lead, conversation = await shop.world.lead(shop.company)
    position = await shop.given(lead, shop.caio, team)
    assert await shop.seen(person, lead, conversation, position) == EVERYWHERE
    path = f"/v1/companies/{shop.company}/members/{person.user}/role"
    assert (await shop.admin.call("PUT", path, {"role": "sdr", "before": "manager"})).status_code == 200

    async def blind() -> bool:
        return await shop.seen(person, lead, conversation) == set()

    await until("none", blind, TAKEN_S)


async def test_who_leaves_the_company_leaves_their_leads_to_who_distributes(shop: Shop) -> None:
    person = await join(shop.world, shop.company, "sdr", by=shop.admin)
    team = await made_team(shop.admin, shop.company, f"Team {uuid4().hex[:6]}", person)
    lead, conversation = await shop.world.lead(shop.company)
    position = await shop.given(lead, person)
    assert await shop.seen(shop.dan, lead, conversation, position) == set()
    gone = await shop.admin.call("DELETE", f"/v1/companies/{shop.company}/members/{person.user}?role=sdr")
    assert gone.status_code == 200
    assert await shop.seen(shop.dan, lead, conversation, gone.headers["x-legion-position"]) == EVERYWHERE
    assert await shop.seen(shop.bia, lead, conversation) == set()
    [left] = [each for each in (await shop.admin.call("GET", shop.teams)).json() if each["id"] == team]
    assert left["members"] == []
    assert (await shop.give(lead, shop.bia, by=shop.dan)).status_code == 200


async def test_history_shows_what_the_caller_sees(shop: Shop) -> None:
    role = await shop.admin.call(
        "POST", f"/v1/companies/{shop.company}/roles",
        {"name": "Historian", "permissions": ["lead:read", "history:read", "conversation:read"]},
    )  # fmt: skip
    person = await join(shop.world, shop.company, role.json()["role"], by=shop.admin)
    lead, _ = await shop.world.lead(shop.company)
    for path in (f"/v1/journeys/lead/{lead}/state", f"/v1/journeys/lead/{lead}/diff?from=0"):
        assert (await shop.call(person, "GET", path)).status_code == 200
    position = await shop.given(lead, shop.caio)
    for path in (f"/v1/journeys/lead/{lead}/state", f"/v1/journeys/lead/{lead}/diff?from=0"):
        hidden = await shop.call(person, "GET", path, x_legion_position=position)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "journey_not_found")
        assert (await shop.call(shop.admin, "GET", path)).status_code == 200
    assert (await shop.call(person, "GET", f"/v1/journeys/tenant/{shop.company}/state")).status_code in {200, 404}


async def test_an_own_role_may_see_all_or_the_team(shop: Shop) -> None:
    lead, conversation = await shop.world.lead(shop.company)
    await shop.given(lead, shop.bia)
    seen = {}
    for more in ((), ("lead:read_team",), ("lead:read_all",)):
        permissions = ["lead:read", "conversation:read", *more]
        made = await shop.admin.call(
            "POST", f"/v1/companies/{shop.company}/roles", {"name": f"Own {more}", "permissions": permissions}
        )
        person = await join(shop.world, shop.company, made.json()["role"], by=shop.admin)
        await shop.admin.call("PUT", f"{shop.teams}/{shop.north}/members/{person.user}")
        seen[more] = await shop.seen(person, lead, conversation)
    assert seen == {(): set(), ("lead:read_team",): EVERYWHERE, ("lead:read_all",): EVERYWHERE}


async def test_who_erases_a_lead_sees_it_and_all_of_the_person_goes(shop: Shop) -> None:
    role = await shop.admin.call(
        "POST", f"/v1/companies/{shop.company}/roles",
        {"name": "Eraser", "permissions": ["lead:read", "lead:erase"]},
    )  # fmt: skip
    person = await join(shop.world, shop.company, role.json()["role"], by=shop.admin)
    lead, _ = await shop.world.lead(shop.company)
    position = await shop.given(lead, shop.caio)
    path, body = f"/v1/leads/{lead}/erasure", {"reason": "lead_request"}
    hidden = await shop.call(person, "POST", path, body, x_legion_position=position)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "lead_not_found")
    await shop.given(lead, person)
    done = await asyncio.wait_for(shop.call(person, "POST", path, body), 30)
    assert done.status_code in {200, 202}, done.text
