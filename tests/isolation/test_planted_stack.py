"""The matrix's controls: it finds what is planted, each at the operation where it shows, and nothing before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from tests.api.world import World
from tests.isolation.cast import CAST
from tests.isolation.plants import PLANTED, Planted, forget_company_in_query
from tests.isolation.run import Report, Stage, run
from tests.isolation.stage import called, staged

pytestmark = pytest.mark.stack
ACTORS = tuple(each for each in CAST if each.name in {"company_admin", "member of both", "key"})


@pytest.fixture(scope="module")
async def stage(world: World) -> AsyncIterator[Stage]:
    async with staged(world, ACTORS) as opened:
        yield opened


async def tried(world: World, stage: Stage, *names: str) -> Report:
    return await run(stage, [each for each in await called(world) if each.name in names], ACTORS)


@asynccontextmanager
async def bare(world: World) -> AsyncIterator[None]:
    """Row level security of leads is off."""
    dsn = world.settings.admin_dsn(f"legion_g{await world.vault.generations.active()}")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        await conn.execute("alter table core.leads disable row level security")
        try:
            yield
        finally:
            await conn.execute("alter table core.leads enable row level security")


async def test_nothing_is_found_where_nothing_is_planted(world: World, stage: Stage) -> None:
    report = await tried(world, stage, *(each.operation for each in PLANTED))
    assert not report.faults, str(report)
    assert report.operations == len(PLANTED)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.says)
async def test_what_is_planted_is_found(
    world: World, stage: Stage, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.plant(monkeypatch)
    if planted.bare:
        async with bare(world):
            report = await tried(world, stage, planted.operation)
    else:
        report = await tried(world, stage, planted.operation)
    found = {kind for kind, said in report.faults if planted.operation in said}
    assert planted.kind in found, str(report)


async def test_a_decision_for_the_wrong_company_is_seen_in_the_others_tables(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However alike the answers were."""
    [planted] = [each for each in PLANTED if "decider" in each.says]
    planted.plant(monkeypatch)
    report = await tried(world, stage, planted.operation)
    assert any("core.roles.company_id of the other company" in said for _, said in report.faults), str(report)


async def test_row_level_security_holds_what_a_careless_query_lets_go(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_company_in_query(monkeypatch)
    report = await tried(world, stage, "GET /v1/leads/{lead_id}")
    assert not report.faults, str(report)
