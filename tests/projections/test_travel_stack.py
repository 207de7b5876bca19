"""Time travel: any journey at any moment is the fold of its events up to there, whatever the cache holds."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from random import Random
from typing import Any

import psycopg
import pytest

from domain.access.sight import WHOLE
from domain.kernel.errors import NotFound
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, lead_journey, tenant_journey
from domain.kernel.stream import Stream
from projections.names import Role
from projections.read.db import ReadDb
from projections.recorder import repository
from projections.travel import snapshots, traveller
from projections.travel.life import Cut, Life
from projections.travel.traveller import Traveller
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY as ACME
from proof.ground.histories import OTHER, Log, Story, set_up
from tests.domain.spec import COMPANY
from tests.domain.talk import LEAD
from tests.projections.conftest import MakeGeneration
from tests.projections.lives import life_of

pytestmark = pytest.mark.stack

JOURNEY = lead_journey(LEAD)
LIVES = 20


def folded(events: Sequence[Event]) -> dict[str, Stream]:
    """The oracle: nothing but the aggregates."""
    names = dict.fromkeys(event.originator_id for event in events)
    return {name: Stream.of(name).replay(e for e in events if e.originator_id == name) for name in names}


async def project(generation: Generation, events: Sequence[Event]) -> None:
    """In commits of several events, of several journeys."""
    log = Log()
    set_up(log)
    for at, same in groupby(events, key=lambda event: event.timestamp):
        moment = list(same)
        for n in range(0, len(moment), 3):
            log.commit(COMPANY, JOURNEY, *moment[n : n + 3])
        Story(log, f"at {at}").arrives()
    await generation.project(log)


async def cached(generation: Generation, statement: str = "select") -> int:
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        return (await conn.execute(f"{statement} from cache.snapshots")).rowcount


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, LIVES))])
async def test_at_version_n_it_is_the_fold_of_the_first_n_events_with_and_without_snapshots(
    make_generation: MakeGeneration, seed: int
) -> None:
    events = life_of(seed)
    generation = await make_generation()
    await project(generation, events)
    async with ReadDb(generation.dsn(Role.RUNNER)) as db:
        plain, quick = Traveller(db, WHOLE, every=None), Traveller(db, WHOLE, every=7)
        cuts = Random(seed).sample(range(len(events) + 1), 12)
        assert await cached(generation) == 0
        for way in (plain, quick, quick):  # the second time of snapshots that the first one left
            for n in cuts:
                life, _ = await way.life(COMPANY, JOURNEY, Cut(version=n))
                assert (life.version, life.streams) == (n, folded(events[:n]))
        assert await cached(generation) > len(events) // 14
        await cached(generation, "delete")
        for n in cuts:
            life, _ = await quick.life(COMPANY, JOURNEY, Cut(version=n))
            assert (life.version, life.streams) == (n, folded(events[:n]))
        for at in {event.timestamp for event in events[::5]}:
            until = [event for event in events if event.timestamp <= at]
            for way in (plain, quick):
                life, _ = await way.life(COMPANY, JOURNEY, Cut(at=at))
                assert (life.version, life.at, life.streams) == (len(until), at, folded(until))
        whole, _ = await quick.life(COMPANY, JOURNEY)
        beyond, _ = await quick.life(COMPANY, JOURNEY, Cut(version=len(events) + 1000))
        assert whole == beyond
        assert whole.version == len(events)
        with repository(generation.dsn(Role.WRITER)) as streams:  # the library's way to each stream by itself
            assert whole.streams == {name: streams.get(name) for name in whole.streams}


async def test_a_time_between_two_events_is_the_earlier_one_s(generation: Generation, db: ReadDb) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    first = ana.writes("um").events[0].at
    ana.writes("dois")
    await generation.project(log)
    way = Traveller(db, WHOLE)
    assert (await way.life(ana.company, ana.journey, Cut(at=first))).life.version == 5
    assert (await way.life(ana.company, ana.journey, Cut(at=first.replace(microsecond=1)))).life.version == 5
    before = (await way.life(ana.company, ana.journey, Cut(at=first.replace(year=2000)))).life
    assert before == Life(ana.journey)


async def test_settings_and_the_holding_have_a_past_too(generation: Generation, db: ReadDb) -> None:
    log = Log()
    set_up(log)
    await generation.project(log)
    way = Traveller(db, WHOLE)
    settings = (await way.life(ACME, tenant_journey(ACME), Cut(version=1))).life
    assert [name.split("-")[0] for name in settings.streams] == ["centurion"]
    holding = (await way.life(HOLDING_TENANT, HOLDING)).life
    assert [name.split("-")[0] for name in holding.streams] == ["slug", "company"]


async def test_another_company_s_journey_is_not_there_nor_in_its_cache(generation: Generation, db: ReadDb) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    await generation.project(log)
    way = Traveller(db, WHOLE, every=1)
    assert (await way.life(ana.company, ana.journey)).life.version == 4
    assert await cached(generation) > 0
    for company, journey in ((OTHER, ana.journey), (ana.company, lead_journey(LEAD)), (ana.company, HOLDING)):
        with pytest.raises(NotFound):
            await way.life(company, journey)
    async with db.company(OTHER, WHOLE) as conn:  # and were the query to forget its company
        assert (await conn.execute("select from cache.snapshots")).rowcount == 0
    async with db.company(ana.company, WHOLE) as conn:
        assert (await conn.execute("select from cache.snapshots")).rowcount > 0


async def test_only_the_code_that_made_a_snapshot_reads_it(
    generation: Generation, db: ReadDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    ana.writes("um")
    await generation.project(log)
    way = Traveller(db, WHOLE, every=1)
    right = (await way.life(ana.company, ana.journey)).life
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("update cache.snapshots set life = %s", (snapshots.pack(replace(right, said={"no": {}})),))
    wrong = (await way.life(ana.company, ana.journey)).life
    assert wrong.said == {"no": {}}, "control: snapshots are read at all"
    monkeypatch.setattr(traveller, "fingerprint", lambda: b"changed")
    assert (await way.life(ana.company, ana.journey)).life == right
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("update cache.snapshots set life = %s", (pickle.dumps(print),))
    assert (await way.life(ana.company, ana.journey)).life == right, "what is no life is folded anew"


async def test_a_moment_of_a_long_life_looks_at_no_more_than_lies_between_two_snapshots(
    generation: Generation, db: ReadDb
) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    for _ in range(200):
        ana.writes("oi")
    await generation.project(log)
    life = (await Traveller(db, WHOLE).life(ana.company, ana.journey)).life
    asked = {
        "company": ana.company, "journey": ana.journey, "code": snapshots.fingerprint(), "version": life.version // 2,
        "at": None, "after": 0, "epoch": 0, "offset": -1,
    }  # fmt: skip

    async def looked_at() -> int:
        async with db.company(ana.company, WHOLE) as conn:
            cursor = await conn.execute(f"explain (analyze, format json) {traveller.SELECT}", asked)
            row = await cursor.fetchone()
        assert row is not None
        return sum(
            int(node["Actual Rows"]) + int(node.get("Rows Removed by Filter", 0))
            for node in nodes(row[0][0]["Plan"])
            if node.get("Relation Name") == "journal"
        )

    assert await looked_at() <= traveller.EVERY
    await cached(generation, "delete")
    assert await looked_at() >= life.version // 2, "control: without snapshots it is the life"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


async def test_a_cache_that_cannot_be_written_keeps_nobody_from_reading(generation: Generation, db: ReadDb) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    await generation.project(log)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("revoke insert on cache.snapshots from legion_runner")
    assert (await Traveller(db, WHOLE, every=1).life(ana.company, ana.journey)).life.version == 4
    assert await cached(generation) == 0
