"""From the log, through Kafka, into the running projector; and again into a new generation, which is equal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from aiokafka import AIOKafkaProducer

from cli.drill.drill import _spoil_journal
from domain.effect.kinds import EffectKind
from domain.holding import events as h
from domain.kernel.errors import Refused
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from eventlog.model import LogRecord
from projections.compare import Snapshot, snapshot
from projections.generation import drop_generation
from projections.names import Role, company_login, company_schema
from projections.positions import Fenced
from projections.postgres import PostgresProjector
from projections.provision import give_login, provision_company, provision_missing
from projections.read.db import ReadDb
from projections.read.effects import EffectStore
from projections.rebuild import Rebuild
from projections.run import Source, run_projector
from proof.ground.generation import PASSWORDS, Generation
from proof.ground.histories import CLUSTER, COMPANY, Log, Story, set_up
from proof.servers import Postgres
from tests.conftest import TopicFactory
from tests.projections.conftest import MakeGeneration
from tests.projections.logins import drop_login
from vault.generations import Generations
from vault.migrate import migrate
from vault.pool import open_pool

pytestmark = pytest.mark.stack

PARTITIONS = 3


class World:
    """A topic with a log, a vault's generations, the shown generation 1."""

    def __init__(self, log: Log, source: Source, generations: Generations, shown: Generation, bootstrap: str) -> None:
        self.log = log
        self.source = source
        self.generations = generations
        self.shown = shown
        self._bootstrap = bootstrap
        self._sent = 0

    async def append(self) -> None:
        """What the log has more than the topic."""
        await produce(self._bootstrap, self.log.topic, self.log.records[self._sent :])
        self._sent = len(self.log.records)

    def rebuild(self) -> Rebuild:
        return Rebuild(
            admin_dsn=self.shown.admin, passwords=PASSWORDS, source=self.source, opener=self.log.keys,
            generations=self.generations, prefix=self.shown.prefix,
        )  # fmt: skip

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[asyncio.Task[None]]:
        """The running projector of the shown generation, caught up."""
        stop, ready = asyncio.Event(), asyncio.Event()
        projector = PostgresProjector(self.shown.dsn(Role.PROJECTOR), self.shown.n, self.log.keys)
        task = asyncio.create_task(
            run_projector(projector, self.source, self.generations.active, stop, ready=ready.set)
        )
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        try:
            yield task
        finally:
            stop.set()
            waiting.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await projector.close()


async def produce(bootstrap: str, topic: str, records: Sequence[LogRecord]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for record in records:
            await producer.send_and_wait(
                topic, key=record.key, value=record.value, headers=list(record.headers), partition=record.partition
            )


@pytest.fixture
async def world(
    kafka: str, topic_factory: TopicFactory, postgres: Postgres, make_generation: MakeGeneration
) -> AsyncIterator[World]:
    topic = await topic_factory(PARTITIONS)
    log = Log(PARTITIONS, topic=topic, at=datetime.now(UTC) - timedelta(minutes=10))
    set_up(log)
    log.commit(HOLDING_TENANT, HOLDING, log.event(f"company-{COMPANY}", h.CompanyProvisioned, company=COMPANY))
    for n in range(5):
        story = Story(log, f"lead {n}")
        story.arrives()
        story.writes()
        story.turn_closes()
        story.replies()
        story.attempts(1, 0)
        story.sends(1, 0)
    vault = postgres.fresh_database()
    await migrate(vault)
    source = Source(bootstrap=kafka, topic=topic, cluster=CLUSTER, partitions=range(PARTITIONS))
    async with open_pool(vault) as pool:
        generations = Generations(pool)
        shown = await make_generation()
        assert await generations.begin() == shown.n
        await generations.flip(shown.n, None)
        made = World(log, source, generations, shown, kafka)
        await made.append()
        yield made


async def claimable(world: World, n: int) -> int:
    async with ReadDb(Generation(world.shown.admin, n, world.shown.prefix).dsn(Role.RUNNER), size=1) as db:
        rows = await EffectStore(db).claim("w", dict.fromkeys(EffectKind, 50), 1000, timedelta(seconds=30))
    return len(rows)


async def test_a_scratch_generation_is_equal_while_the_projector_runs_and_leaves_nothing_behind(world: World) -> None:
    seen: list[tuple[int, int]] = []
    async with world.projecting():
        rebuild = world.rebuild()
        object.__setattr__(rebuild, "progress", lambda done, total: seen.append((done, total)))
        result = await rebuild.run(compare_only=True)
    assert result.comparison is not None
    assert result.comparison.equal
    assert (result.flipped, result.records) == (False, len(world.log.records))
    assert seen[-1] == (len(world.log.records), len(world.log.records))
    assert await world.generations.active() == world.shown.n
    async with await psycopg.AsyncConnection.connect(world.shown.admin, autocommit=True) as conn:
        cursor = await conn.execute(
            "select datname from pg_database where datname like %s", (world.shown.prefix + "%",)
        )
        assert await cursor.fetchall() == [(f"{world.shown.prefix}{world.shown.n}",)]


async def test_control_a_planted_difference_is_found_and_is_not_shown(world: World) -> None:
    async with world.projecting():
        async with await psycopg.AsyncConnection.connect(world.shown.dsn(), autocommit=True) as conn:
            await conn.execute(
                "update core.messages set text = 'forged' where id = (select min(id) from core.messages)"
            )
        result = await world.rebuild().run(compare_only=True)
        assert result.comparison is not None
        assert [difference.table for difference in result.comparison.differences] == ["messages"]
        with pytest.raises(Refused, match="rebuild_differs"):
            await world.rebuild().run()
    assert await world.generations.active() == world.shown.n
    assert await claimable(world, world.shown.n) > 0


async def test_a_rebuilt_generation_takes_the_place_of_the_old_and_hands_out_nothing_before_it_is_live(
    world: World,
) -> None:
    async with world.projecting() as running:
        Story(world.log, "late").arrives()
        await world.append()
        result = await world.rebuild().run()
        assert result.flipped
        Story(world.log, "later").arrives()
        await world.append()
        with pytest.raises(Fenced):  # the old projector finds out with its next batch
            await asyncio.wait_for(running, 30)
    assert await world.generations.active() == result.generation
    assert await claimable(world, result.generation) == 0
    world.shown = Generation(world.shown.admin, result.generation, world.shown.prefix)
    async with world.projecting():
        assert await claimable(world, result.generation) > 0
    async with await psycopg.AsyncConnection.connect(world.shown.dsn(), autocommit=True) as conn:
        cursor = await conn.execute(f"select count(*) from {company_schema(COMPANY)}.leads")
        assert await cursor.fetchone() == (7,)


async def test_the_first_generation_is_filled_and_shown_without_anything_to_compare(
    world: World, postgres: Postgres
) -> None:
    vault = postgres.fresh_database()
    await migrate(vault)
    async with open_pool(vault) as pool:
        rebuild = world.rebuild()
        object.__setattr__(rebuild, "generations", Generations(pool))
        object.__setattr__(rebuild, "prefix", world.shown.prefix + "first")
        result = await rebuild.run()
        assert (result.flipped, result.old, result.comparison) == (True, None, None)
        assert result.records == len(world.log.records)


async def test_a_projector_waits_for_a_database_that_ends_its_connections_and_goes_on(world: World) -> None:
    async with world.projecting() as running:
        async with await psycopg.AsyncConnection.connect(world.shown.dsn(), autocommit=True) as conn:
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'legion_projector'"
                " and datname = current_database()"
            )
        Story(world.log, "after").arrives()
        await world.append()
        async with asyncio.timeout(30):
            while await _journalled(world) < len(world.log.records):
                await asyncio.sleep(0.05)
        assert not running.done()


async def _journalled(world: World) -> int:
    async with await psycopg.AsyncConnection.connect(world.shown.dsn()) as conn:
        row = await (await conn.execute("select count(*) from core.journal")).fetchone()
    return int(row[0]) if row else 0


async def lose(world: World) -> Snapshot:
    """The shown generation's database is gone; what it held."""
    async with world.projecting():
        shown = await snapshot(world.shown.dsn(Role.PROJECTOR))
    await drop_generation(world.shown.admin, world.shown.n, prefix=world.shown.prefix)
    return shown


async def test_of_a_lost_database_a_new_one_is_filled_to_the_logs_end_and_shown(world: World) -> None:
    await lose(world)
    Story(world.log, "meanwhile").arrives()
    await world.append()
    result = await world.rebuild().run()
    assert (result.flipped, result.comparison, result.records) == (True, None, len(world.log.records))
    assert await world.generations.active() == result.generation == world.shown.n + 1


async def test_what_a_lost_database_held_is_compared_though_the_log_has_gone_on(world: World) -> None:
    before = await lose(world)
    Story(world.log, "meanwhile").arrives()
    await world.append()
    result = await world.rebuild().run(against=before)
    assert result.flipped
    assert result.comparison is not None
    assert result.comparison.equal
    assert result.records == len(world.log.records)


async def test_control_an_event_left_out_of_what_was_rebuilt_is_found_and_not_shown(world: World) -> None:
    before = await lose(world)
    rebuild = replace(world.rebuild(), spoil=_spoil_journal)
    with pytest.raises(Refused, match="rebuild_differs"):
        await rebuild.run(against=before)
    assert await world.generations.active() == world.shown.n  # which is lost: the next one is for `rebuild` to make
    assert (await world.rebuild().run(against=before)).flipped


async def test_companies_without_their_schemas_get_them_and_their_logins_see_them(world: World) -> None:
    """A database that was lost and filled anew by its projector: no event makes the schemas."""
    async with world.projecting(), await psycopg.AsyncConnection.connect(world.shown.dsn(), autocommit=True) as conn:
        schema = company_schema(COMPANY)
        await provision_company(conn, COMPANY)
        await give_login(conn, COMPANY, "c")  # pragma: allowlist secret
        await conn.execute(f"drop schema {schema} cascade")
        reader, provisioner = world.shown.dsn(Role.RUNNER), world.shown.dsn(Role.PROVISIONER)
        assert await provision_missing(reader, provisioner) == 1
        assert await provision_missing(reader, provisioner) == 0
        login = company_login(COMPANY)
        cursor = await conn.execute("select has_table_privilege(%s, %s, 'select')", (login, f"{schema}.leads"))
        try:
            assert await cursor.fetchone() == (True,)
        finally:
            await drop_login(conn, login)
