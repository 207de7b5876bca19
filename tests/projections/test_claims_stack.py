"""Many claimers at once: each effect goes to one of them. Beside it the statement that hands effects out twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
import pytest

from domain.effect.kinds import EffectKind
from projections.names import Role
from projections.read.db import ReadDb
from projections.read.effects import EffectStore
from proof.ground.generation import Generation
from proof.ground.histories import Log, set_up

pytestmark = pytest.mark.stack

EFFECTS: Final = 1_200
COMPANIES: Final = 12
CLAIMERS: Final = 8

FILL: Final = """
insert into core.effects (company_id, id, journey, stream, kind, key, due_at, opened_version, opened_at)
select 'company ' || n %% %(companies)s, 'e' || n, 'lead/' || n, 'conversation-' || n, 'reply', 'k' || n,
    now() - interval '1 minute', 1, now() from generate_series(1, %(effects)s) n
"""

ONE_STATEMENT: Final = """
with turn as (
    select company_id from work.companies order by served_at, company_id limit 4 for update skip locked
), wanted as (
    select e.id, e.company_id from turn cross join lateral (
        select * from core.effects e where e.company_id = turn.company_id and e.state = 'pending' and not exists (
            select from work.leases l where l.effect_id = e.id and l.until > clock_timestamp()
        ) order by e.due_at, e.id limit 5
    ) e
), leased as (
    insert into work.leases as l (effect_id, company_id, version, worker, until)
    select id, company_id, '', %s, clock_timestamp() + interval '1 hour' from wanted
    on conflict (effect_id) do update set worker = excluded.worker returning effect_id
), served as (
    update work.companies c set served_at = clock_timestamp() from turn where c.company_id = turn.company_id
)
select effect_id from leased
"""
"""The trap (facts of the read side): lock and search in one statement share a snapshot that is older than the lock."""


@pytest.fixture
async def filled(generation: Generation) -> Generation:
    log = Log()
    set_up(log)
    await generation.project(log)
    async with await psycopg.AsyncConnection.connect(generation.dsn(Role.PROJECTOR), autocommit=True) as conn:
        await conn.execute(FILL, {"companies": COMPANIES, "effects": EFFECTS})
        await conn.execute(
            "insert into work.companies select distinct company_id from core.effects on conflict do nothing"
        )
    return generation


async def test_eight_claimers_take_every_effect_exactly_once(filled: Generation) -> None:
    taken: Counter[str] = Counter()

    async def claimer(name: str) -> None:
        async with ReadDb(filled.dsn(Role.RUNNER), size=1) as db:
            store = EffectStore(db)
            empty = 0
            while empty < 5:  # others may hold the companies that still have some
                rows = await store.claim(name, {EffectKind.REPLY: 20}, EFFECTS, timedelta(hours=1))
                taken.update(row.id for row in rows)
                empty = 0 if rows else empty + 1

    await asyncio.gather(*(claimer(f"w{n}") for n in range(CLAIMERS)))
    assert len(taken) == EFFECTS
    assert [id_ for id_, times in taken.items() if times > 1] == []


async def test_control_one_statement_hands_effects_out_twice(filled: Generation) -> None:
    taken: Counter[str] = Counter()

    async def claimer(name: str) -> None:
        async with await psycopg.AsyncConnection.connect(filled.dsn(Role.RUNNER), autocommit=True) as conn:
            while True:
                cursor = await conn.execute(ONE_STATEMENT, (name,))
                rows = await cursor.fetchall()
                taken.update(id_ for (id_,) in rows)
                if len(taken) < taken.total() or len(taken) == EFFECTS or datetime.now(UTC) > deadline:
                    return

    deadline = datetime.now(UTC) + timedelta(seconds=20)
    await asyncio.gather(*(claimer(f"w{n}") for n in range(CLAIMERS)))
    assert any(times > 1 for times in taken.values())
