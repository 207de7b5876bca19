"""What the log opens, moves, holds and ends, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from domain.centurion import events as ce
from domain.conversation import events as c
from domain.effect.kinds import EffectKind
from domain.effect.ops import EndGroup
from domain.effects import EFFECTS
from domain.holding import events as h
from domain.instance import events as i
from domain.kernel.ids import HOLDING, HOLDING_TENANT, tenant_journey
from projections.names import Role
from projections.read.db import ReadDb
from projections.read.effects import EffectRow, EffectStore
from projections.tables.effects import ENDING_GROUPS
from proof.ground.contracts import CONTRACT_MOVES
from proof.ground.deals import DEAL_MOVES
from proof.ground.generation import Generation
from proof.ground.histories import CENTURION, COMPANY, INSTANCE, OTHER, Log, Story, set_up

pytestmark = pytest.mark.stack

TTL = timedelta(seconds=30)
SLOTS = dict.fromkeys(EffectKind, 10)
ALL = 100


def past(minutes: float = 10) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


@pytest.fixture
def log() -> Log:
    log = Log(at=past())
    set_up(log)
    return log


@pytest.fixture
async def store(db: ReadDb) -> EffectStore:
    return EffectStore(db, chunk_interval=timedelta(milliseconds=1), chunk_burst=100)


def kinds(rows: list[EffectRow]) -> list[EffectKind]:
    return sorted(row.kind for row in rows)


async def only(store: EffectStore, kind: EffectKind, worker: str = "w") -> list[EffectRow]:
    return await store.claim(worker, {kind: 10}, ALL, TTL)


def told(log: Log, name: str = "ana") -> Story:
    """A lead wrote, the turn closed, a reply of three chunks is there."""
    story = Story(log, name)
    story.arrives()
    story.writes()
    story.turn_closes()
    story.replies()
    return story


async def test_a_turn_is_claimed_once_it_is_due_and_names_the_event_that_opened_it(
    generation: Generation, log: Log, store: EffectStore
) -> None:
    ana = Story(log)
    ana.arrives()
    first = ana.writes()
    moved = ana.writes()
    await generation.project(log)
    (row,) = await only(store, EffectKind.CLOSE_TURN)
    assert row.version == ana.last_message
    assert (row.stream, row.opened_version) == (ana.stream, moved.events[0].meta.version)
    assert row.opened_at == moved.events[0].at > first.events[0].at
    assert await only(store, EffectKind.CLOSE_TURN) == []


async def test_nothing_is_claimed_before_it_is_due_and_the_store_says_when(
    generation: Generation, store: EffectStore
) -> None:
    log = Log(at=datetime.now(UTC) + timedelta(minutes=5))
    ana = Story(log)
    ana.arrives()
    ana.writes()
    await generation.project(log)
    assert await only(store, EffectKind.CLOSE_TURN) == []
    due_in = ana.log.commits[-1].events[0].at + timedelta(seconds=4) - datetime.now(UTC)
    said = await store.next_due()
    assert said is not None
    assert abs(said - due_in) < timedelta(seconds=1)


async def test_leases_are_kept_by_the_databases_clock(log: Log, generation: Generation, store: EffectStore) -> None:
    ana = told(log)
    await generation.project(log)
    (row,) = await only(store, EffectKind.CHUNK)
    await store.release(row, timedelta(hours=1), worker="w")
    said = await store.next_due()
    assert said is not None
    assert timedelta(minutes=59) < said < timedelta(minutes=61)
    assert await only(store, EffectKind.CHUNK) == []
    await store.release(row, timedelta(0), worker="w")
    assert [each.id for each in await only(store, EffectKind.CHUNK)] == [row.id]
    assert abs(await store._db.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert ana.lead


async def test_chunks_come_in_order_and_an_attempted_one_holds_the_later(
    generation: Generation, log: Log, store: EffectStore
) -> None:
    ana = told(log)
    await generation.project(log)
    (row,) = await only(store, EffectKind.CHUNK)
    assert (row.key, row.group, row.seq) == (ana.chunk(1, 0), ana.id("reply", 1), 0)

    await generation.project(log, [ana.attempts(1, 0)])
    await store.release(row, timedelta(0), worker="w")
    assert await only(store, EffectKind.CHUNK) == []

    await generation.project(log, [ana.sends(1, 0)])
    (row,) = await only(store, EffectKind.CHUNK)
    assert row.seq == 1


async def test_cancelling_ends_pending_chunks_and_leaves_the_attempted_one(
    generation: Generation, log: Log, store: EffectStore, db: ReadDb
) -> None:
    ana = told(log)
    ana.attempts(1, 0)
    ana.cancels()
    await generation.project(log)
    assert await only(store, EffectKind.CHUNK) == []
    async with db.system() as conn:
        cursor = await conn.execute("select kind, state, seq from work.open_effects order by 1, 2")
        rows = await cursor.fetchall()
    assert [row for row in rows if row[0] in ("chunk", "reply", "close_turn")] == [("chunk", "attempted", 0)]


@pytest.mark.parametrize("gate", ["suspended", "paused", "disconnected"])
async def test_gates_hold_and_let_go(generation: Generation, log: Log, store: EffectStore, gate: str) -> None:
    replying = Story(log, "bia")
    replying.arrives()
    replying.writes()
    replying.turn_closes()
    for move in (CONTRACT_MOVES["drafted"], CONTRACT_MOVES["send_asked"], DEAL_MOVES["engaged"]):
        replying.commit(*move(replying, 1, 1))
    told(log)
    closed: dict[str, Callable[[bool], object]] = {
        "suspended": lambda on: log.commit(
            HOLDING_TENANT,
            HOLDING,
            log.event(f"company-{COMPANY}", h.CompanySuspended, company=COMPANY, reason="unpaid")
            if on
            else log.event(f"company-{COMPANY}", h.CompanyReactivated, company=COMPANY),
        ),
        "paused": lambda on: log.commit(COMPANY, tenant_journey(COMPANY), log.event(
            f"centurion-{CENTURION}", ce.CenturionPaused if on else ce.CenturionResumed, centurion=CENTURION)),
        "disconnected": lambda on: log.commit(COMPANY, tenant_journey(COMPANY), log.event(
            f"instance-{INSTANCE}", i.ConnectionChanged, instance=INSTANCE, status="closed" if on else "open",
            code=None, provider_at=None)),
    }  # fmt: skip
    held = {
        "suspended": {EffectKind.REPLY, EffectKind.CHUNK, EffectKind.CONTRACT, EffectKind.CONVERSION},
        "paused": {EffectKind.REPLY},
        "disconnected": {EffectKind.CHUNK},
    }[gate]
    closed[gate](True)
    await generation.project(log)
    slots = dict.fromkeys((EffectKind.REPLY, EffectKind.CHUNK, EffectKind.CONTRACT, EffectKind.CONVERSION), 5)
    before = await store.claim("w", slots, ALL, TTL)
    assert {row.kind for row in before} == set(slots) - held
    closed[gate](False)
    await generation.project(log, log.commits[-1:])
    after = await store.claim("w", slots, ALL, TTL)
    assert {row.kind for row in after} == held


async def test_slots_of_a_kind_and_the_cap_of_a_company_bound_what_is_out(
    generation: Generation, log: Log, store: EffectStore
) -> None:
    for n in range(6):
        story = Story(log, f"lead {n}")
        story.arrives()
        story.writes()
    await generation.project(log)
    assert len(await store.claim("w", {EffectKind.CLOSE_TURN: 2}, ALL, TTL)) == 2
    assert len(await store.claim("w", {EffectKind.CLOSE_TURN: 9}, 3, TTL)) == 1
    assert len(await store.claim("w", {EffectKind.CLOSE_TURN: 9}, ALL, TTL)) == 3


async def test_a_small_company_gets_its_turn_beside_a_big_one(generation: Generation, store: EffectStore) -> None:
    log = Log(at=past())
    for n in range(12):
        story = Story(log, f"big {n}")
        story.arrives()
        story.writes()
    small = Story(log, "small", company=OTHER)
    small.arrives()
    small.writes()
    await generation.project(log)
    rows = await store.claim("w", {EffectKind.CLOSE_TURN: 2}, ALL, TTL)
    assert {row.company_id for row in rows} == {COMPANY, OTHER}


async def test_an_instance_sends_at_its_pace(generation: Generation, log: Log, db: ReadDb) -> None:
    for n in range(5):
        told(log, f"lead {n}")
    await generation.project(log)
    slow = EffectStore(db, chunk_interval=timedelta(hours=1), chunk_burst=2)
    assert len(await only(slow, EffectKind.CHUNK)) == 2
    assert await only(slow, EffectKind.CHUNK) == []


async def test_a_lease_that_ran_out_is_taken_over_and_counts_as_a_try(
    generation: Generation, log: Log, store: EffectStore
) -> None:
    ana = Story(log)
    ana.arrives()
    ana.writes()
    await generation.project(log)
    (first,) = await store.claim("dead", {EffectKind.CLOSE_TURN: 1}, ALL, timedelta(0))
    (second,) = await only(store, EffectKind.CLOSE_TURN, "alive")
    assert (first.tries, second.tries) == (1, 2)
    await store.release(second, timedelta(0), worker="alive", refused=True)
    (third,) = await only(store, EffectKind.CLOSE_TURN, "alive")
    assert (third.tries, third.refusals) == (3, 1)


async def test_what_expired_is_not_handed_out_but_for_expiring_it(generation: Generation, store: EffectStore) -> None:
    log = Log(at=past(minutes=60 * 5))
    set_up(log)
    told(log)
    await generation.project(log)
    assert await only(store, EffectKind.CHUNK) == []
    expired = await store.claim_expired("w", 10, TTL)
    assert kinds(expired) == [EffectKind.CHUNK] * 3
    assert await store.claim_expired("w", 10, TTL) == []


@pytest.mark.parametrize(
    "why", ["update work.generation set state = 'fenced'", "update work.positions set live = false where partition = 0"]
)
async def test_an_inactive_generation_or_one_behind_hands_out_nothing(
    generation: Generation, log: Log, store: EffectStore, why: str
) -> None:
    told(log)
    await generation.project(log)
    async with await psycopg.AsyncConnection.connect(generation.dsn(Role.PROJECTOR), autocommit=True) as conn:
        await conn.execute(why)
    assert await store.claim("w", SLOTS, ALL, TTL) == []
    assert await store.claim_expired("w", 10, TTL) == []


async def test_the_effects_of_a_journey_in_quarantine_are_held(
    generation: Generation, log: Log, store: EffectStore
) -> None:
    ana, bia = told(log), told(log, "bia")
    ana.commit(log.event(ana.stream, c.HumanAsked, version=99, conversation=ana.conversation, reason="late_message"))
    await generation.project(log)
    assert {row.journey for row in await only(store, EffectKind.CHUNK)} == {bia.journey}


def test_the_events_that_end_groups_are_those_of_the_table() -> None:
    ana = Story(Log())
    ana.arrives()
    ana.writes()
    ending = set()
    for made in (ana.turn_closes(), ana.replies(), ana.cancels(), ana.attempts(1, 0), ana.sends(1, 0)):
        for e in made.events:
            if any(isinstance(op, EndGroup) for op in EFFECTS.get(type(e.event), lambda _: ())(e.event)):
                ending.add(type(e.event))
    assert ending == set(ENDING_GROUPS)
