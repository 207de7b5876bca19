"""Who sees which lead: in every table, by the policy alone, against an oracle; without the policy the leak shows."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import dict_row

from domain.access.sight import WHOLE, Scope, Sight
from domain.kernel.errors import NotFound
from domain.kernel.ids import conversation_id, derived
from projections.read import conversations, leads, timeline
from projections.read.db import ReadDb
from projections.read.feed import events_after
from projections.sight import sight
from projections.tables import TABLES
from projections.travel.traveller import Traveller
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, INSTANCE, OTHER, Log, Story
from tests.projections.sights import ANA, BIA, CAIO, DORA, SIGHTS, Owned, assigned, lived, owned_leads, sees

pytestmark = pytest.mark.stack

SEEN = (*(f"core.{table.NAME}" for table in TABLES if sight(table) is not None), "cache.snapshots")
UNWRITTEN: set[str] = set()
"""Tables of leads that no event writes yet."""


async def told(generation: Generation, db: ReadDb) -> list[Owned]:
    log = Log()
    owned = owned_leads(log)
    await generation.project(log)
    for each in owned:
        await Traveller(db, WHOLE, every=1).life(COMPANY, each.story.journey)
    return owned


async def leads_in(db: ReadDb, table: str, seen_by: Sight) -> set[str]:
    """Of the rows that they see of it."""
    async with db.company(COMPANY, seen_by) as conn, conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(f"select * from {table}".encode())).fetchall()
    return {lead for row in rows if (lead := lead_of(table, row)) is not None}


def lead_of(table: str, row: dict[str, str]) -> str | None:
    if table == "core.leads":
        return row["id"]
    if "lead_id" in row:
        return row["lead_id"]
    if "conversation_id" in row:
        return f"conversation {row['conversation_id']}"
    if "deal_id" in row:
        return f"deal {row['deal_id']}"
    kind, _, id_ = row["journey"].partition("/")
    return id_ if kind == "lead" else None


def expected(owned: list[Owned], table: str, seen_by: Sight) -> set[str]:
    ids = {each.story.lead for each in owned if sees(seen_by, each.user, each.team)}
    if table == "core.deal_items":
        return {f"deal {derived('deal', id_, 1)}" for id_ in ids}
    by_conversation = table in {"core.messages", "core.message_states", "core.replies"}
    return {f"conversation {conversation_id(id_, INSTANCE)}" for id_ in ids} if by_conversation else ids


async def test_every_scope_sees_its_leads_and_what_hangs_on_them_in_every_table(
    generation: Generation, db: ReadDb
) -> None:
    owned = await told(generation, db)
    assert all(0 < sum(sees(one, each.user, each.team) for each in owned) < len(owned) for one in SIGHTS)
    for table in SEEN:
        if table in UNWRITTEN:
            continue
        assert await leads_in(db, table, WHOLE) == expected(owned, table, WHOLE), table
        for one in SIGHTS:
            assert await leads_in(db, table, one) == expected(owned, table, one), (table, one)


async def test_control_without_its_policy_a_table_shows_what_is_not_theirs(generation: Generation, db: ReadDb) -> None:
    owned = await told(generation, db)
    dora = Sight(Scope.OWN, DORA)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        asked = ("core.conversations", "core.deals", "core.leads")  # by the others: last
        for table in (*(each for each in SEEN if each not in asked), *asked):
            if table in UNWRITTEN:
                continue
            assert await leads_in(db, table, dora) == expected(owned, table, dora), table
            await conn.execute(f"drop policy only_seen on {table}".encode())
            assert await leads_in(db, table, dora) == expected(owned, table, WHOLE), table


async def test_no_setting_or_a_strange_one_sees_no_lead(generation: Generation, db: ReadDb) -> None:
    await told(generation, db)
    for scope, user in ("", ""), ("", ANA), ("own", ""), ("team", ""), ("COMPANY", ANA), ("holding", ANA):
        async with db.company(COMPANY, WHOLE) as conn:
            await conn.execute("select set_config('legion.scope', %s, true)", (scope,))
            await conn.execute("select set_config('legion.user', %s, true)", (user,))
            for table in SEEN:
                rows = await conn.execute(f"select from {table}{_of_leads(table)}".encode())
                assert rows.rowcount == 0, (table, scope, user)


def _of_leads(table: str) -> str:
    """The journal and the journeys also tell of settings."""
    return " where journey like 'lead/%'" if table in {"core.journal", "core.journeys"} else ""


async def test_the_app_cannot_widen_what_it_sees_by_a_permissive_policy(generation: Generation, db: ReadDb) -> None:
    owned = await told(generation, db)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("create policy careless on core.leads for select to legion_app using (true)")
    dora = Sight(Scope.OWN, DORA)
    assert await leads_in(db, "core.leads", dora) == expected(owned, "core.leads", dora)


async def test_the_readers_of_the_api_see_no_further(generation: Generation, db: ReadDb) -> None:
    owned = await told(generation, db)
    bia = Sight(Scope.OWN, BIA)
    for each in owned:
        story, there = each.story, sees(bia, each.user, each.team)
        async with db.company(COMPANY, bia) as conn:
            assert (await leads.lead(conn, COMPANY, story.lead) is not None) == there
            assert bool(await leads.aliases(conn, COMPANY, story.lead)) == there
            assert (await conversations.conversation(conn, COMPANY, story.conversation) is not None) == there
            assert bool((await timeline.timeline(conn, COMPANY, story.conversation)).items) == there
        travelled = True
        try:
            await Traveller(db, bia).life(COMPANY, story.journey)
        except NotFound:
            travelled = False
        assert travelled == there
    mine = {each.story.lead for each in owned if sees(bia, each.user, each.team)}
    async with db.company(COMPANY, bia) as conn:
        assert {each.id for each in (await leads.leads(conn, COMPANY)).items} == mine
        assert {each.lead_id for each in (await conversations.conversations(conn, COMPANY)).items} == mine
        fed = await events_after(conn, COMPANY, dict.fromkeys(range(3), 0))
    heard = {entry.meta.journey for _, entry in fed.entries if hasattr(entry, "meta")}
    assert {journey for journey in heard if journey.startswith("lead/")} == {f"lead/{lead}" for lead in mine}


@pytest.mark.parametrize("few", [500, 1])
async def test_a_list_finds_what_the_policy_leaves_be_it_few_or_many(
    generation: Generation, db: ReadDb, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.read.leads.FEW", few)
    await told(generation, db)
    for one in SIGHTS:
        async with db.company(COMPANY, one) as conn:
            by_policy = await leads.leads(conn, COMPANY), await conversations.conversations(conn, COMPANY)
            by_both = (
                await leads.leads(conn, COMPANY, scope=one.scope),
                await conversations.conversations(conn, COMPANY, scope=one.scope),
            )
        assert by_both == by_policy
        assert by_policy[0].items


async def test_a_lead_that_changes_hands_goes_with_all_its_past(generation: Generation, db: ReadDb) -> None:
    log = Log()
    owned_leads(log)
    await generation.project(log)
    projected = len(log.commits)
    story = Story(log, "passed on")
    lived(story)
    for user in (BIA, CAIO):
        assigned(story, user, None)
        await generation.project(log, log.commits[projected:])
        projected = len(log.commits)
        for one in (BIA, CAIO, DORA):
            for table in ("core.leads", "core.conversations", "core.journal"):
                there = story.lead in await leads_in(db, table, Sight(Scope.OWN, one))
                assert there == (one == user), (table, one)


async def test_another_companys_scope_shows_nothing(generation: Generation, db: ReadDb) -> None:
    await told(generation, db)
    for one in (WHOLE, *SIGHTS):
        async with db.company(OTHER, one) as conn:
            for table in SEEN:
                assert (await conn.execute(f"select from {table}".encode())).rowcount == 0, (table, one)
