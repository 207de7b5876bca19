"""An erased lead's rows are what a rebuild makes of its tombstone: whatever the batches, and when the key went."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
import pytest

from domain.conversation import events as c
from domain.effect.kinds import EffectKind
from domain.effect.ops import EndAll
from domain.effects import EFFECTS
from domain.kernel.ids import effect_id
from domain.lead import events as ld
from domain.lead.parts import ErasureReason
from eventlog.examples import example_event
from projections import plan
from projections.compare import TableSum, sums
from projections.engine.columns import Text, Words
from projections.engine.table import Table
from projections.names import Role
from projections.postgres import PostgresProjector
from projections.tables import TABLES
from projections.tables.effects import ENDING_ALL
from projections.tables.messages import Messages
from proof.ground.contracts import refused_by
from proof.ground.deals import sold_to
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, OTHER, Log, Story, set_up
from proof.ground.reports import told_to_meta
from tests.projections.conftest import MakeGeneration

pytestmark = pytest.mark.stack


def erased(story: Story) -> None:
    story.commit(
        story.log.event(
            story.lead_stream, ld.LeadErased, lead=story.lead, reason=ErasureReason.LEAD_REQUEST, opted_out=False,
            alias_hashes=("ab" * 32,), ingress_ends=(1, 2),
        )
    )  # fmt: skip


def life(log: Log, name: str, company: str = COMPANY) -> Story:
    """Every table with personal columns has rows of it, and every kind of effect of a conversation is open."""
    story = Story(log, name, company=company)
    story.arrives("Ana Canária")
    story.writes("primeira")
    story.turn_closes()
    story.replies()
    story.attempts(1, 0)
    sold_to(story)
    refused_by(story)
    told_to_meta(story)
    story.commit(
        story.on(
            c.MessageEdited, provider_id="e1", target="in-1", text=story.sealed("message.text", "nova"),
            provider_at=None,
        ),
        story.on(
            c.ReactionReceived, provider_id="r1", target="in-1", reaction=story.sealed("message.text", "👍"),
            provider_at=None,
        ),
        story.on(
            c.HumanMessageSent, message=story.id("human", 1), provider_id="h1", kind="text", provider_at=None,
            text=story.sealed("message.text", "humano"), content=None,
        ),
        story.received("segunda", turn=2),
    )  # fmt: skip
    return story


async def table_sums(generation: Generation) -> Mapping[str, TableSum]:
    async with await psycopg.AsyncConnection.connect(generation.dsn()) as conn:
        return await sums(conn)


def two_lives() -> tuple[Log, Story]:
    log = Log()
    set_up(log)
    gone = life(log, "ana")
    life(log, "bruno")
    life(log, "ana", company=OTHER)
    return log, gone


@pytest.mark.parametrize("batch", [1, 3, 1000])
async def test_rows_after_an_erasure_are_those_of_a_rebuild_with_the_tombstone(
    make_generation: MakeGeneration, batch: int
) -> None:
    log, gone = two_lives()
    erased(gone)
    live, rebuilt = await make_generation(), await make_generation()
    await live.project(log, batch=batch)
    log.keys.destroy(COMPANY, gone.journey)
    await rebuilt.project(log)
    assert await table_sums(live) == await table_sums(rebuilt)


async def test_control_without_the_erasers_they_differ(
    make_generation: MakeGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, gone = two_lives()
    erased(gone)
    live, rebuilt = await make_generation(), await make_generation()
    monkeypatch.setattr(plan, "erasing", lambda *_: [])
    await live.project(log, batch=1)
    log.keys.destroy(COMPANY, gone.journey)
    await rebuilt.project(log)
    left, right = await table_sums(live), await table_sums(rebuilt)
    assert {name for name in left if left[name] != right[name]} == {
        "lead_aliases",
        "leads",
        "conversations",
        "messages",
        "message_states",
        "lead_facts",
        "lead_touches",
        "deals",
        "activities",
        "contracts",
        "contract_signers",
        "marketing_attempts",
    }


async def test_no_personal_column_of_the_lead_holds_anything_and_others_keep_theirs(generation: Generation) -> None:
    log, gone = two_lives()
    erased(gone)
    await generation.project(log, batch=1)
    async with await psycopg.AsyncConnection.connect(generation.dsn()) as conn:
        for table in (each for each in TABLES if each.eraser() is not None):
            for column in (column.name for column in table.COLUMNS if column.personal):
                cursor = await conn.execute(
                    f'select count("{column}") from core.{table.NAME} where company_id = %s', (OTHER,)
                )
                (others,) = await cursor.fetchone() or (0,)
                cursor = await conn.execute(
                    f'select count("{column}") from core.{table.NAME} where company_id = %s', (COMPANY,)
                )
                assert await cursor.fetchone() == (others,), "one of two such lives of the company is left"
                assert others, (table.NAME, column)


async def test_control_with_one_eraser_left_out_its_words_are_found(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, gone = two_lives()
    erased(gone)
    monkeypatch.setattr(Messages, "eraser", classmethod(lambda cls: None))
    await generation.project(log, batch=1)
    async with await psycopg.AsyncConnection.connect(generation.dsn()) as conn:
        cursor = await conn.execute("select text from core.messages where company_id = %s", (COMPANY,))
        assert {"primeira", "segunda", "humano"} <= {text for (text,) in await cursor.fetchall() if text}
        cursor = await conn.execute("select name from core.leads where id = %s", (gone.lead,))
        assert await cursor.fetchone() == (None,)


async def test_everything_open_of_the_journey_ends_and_the_erasing_is_due(generation: Generation) -> None:
    log, gone = two_lives()
    before = list(log.commits)
    erased(gone)
    await generation.project(log, before)
    async with await psycopg.AsyncConnection.connect(generation.dsn()) as conn:
        query = "select kind, state from core.effects where journey = %s and state <> 'done' order by kind, state"
        cursor = await conn.execute(query, (gone.journey,))
        assert await cursor.fetchall() == [
            ("chunk", "attempted"), ("chunk", "pending"), ("chunk", "pending"), ("close_turn", "pending"),
            ("conversion", "pending"), ("resolve", "pending"),
        ]  # fmt: skip
        async with PostgresProjector(generation.dsn(Role.PROJECTOR), generation.n, log.keys) as projector:
            await projector.apply(log.commits[len(before) :])
        cursor = await conn.execute(query, (gone.journey,))
        assert await cursor.fetchall() == [("erase", "pending")]
        cursor = await conn.execute("select state from core.effects where id = %s", (_turn_of(gone),))
        assert await cursor.fetchone() == ("done",)
        cursor = await conn.execute("select count(*) from core.effects where state <> 'done'")
        assert await cursor.fetchone() == (14,), "the other two lives' and the companies' provisioning go on"


def _turn_of(story: Story) -> str:
    return effect_id(story.journey, EffectKind.CLOSE_TURN, story.id("turn", 2))


def test_the_events_that_end_a_whole_journey_are_those_that_the_table_says() -> None:
    ending = set()
    for cls, ops in EFFECTS.items():
        try:
            if any(isinstance(op, EndAll) for op in ops(example_event(cls))):
                ending.add(cls)
        except ValueError:  # the event names the kind itself
            continue
    assert ending == set(ENDING_ALL)


def test_a_table_with_personal_columns_says_how_they_are_erased() -> None:
    with pytest.raises(TypeError, match="ERASED_BY"):

        class Forgetful(Table):
            id: Text
            words: Words

    with pytest.raises(TypeError, match="ERASED_BY"):

        class Empty(Table):
            ERASED_BY = "id"
            id: Text


async def test_postgres_keeps_no_statistics_of_personal_columns(generation: Generation) -> None:
    log, _ = two_lives()
    await generation.project(log)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("analyze")
        cursor = await conn.execute("select tablename, attname from pg_stats where schemaname = 'core'")
        known = set(await cursor.fetchall())
    assert ("messages", "kind") in known
    personal = {(t.NAME, column.name) for t in TABLES for column in t.COLUMNS if column.personal}
    assert not personal & known
