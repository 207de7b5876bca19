"""The analytics projector on a real log and a real ClickHouse: what is shown, and exactly once under kill -9."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from domain.kernel.errors import Unavailable
from domain.kernel.ids import derived
from eventlog.topics import Topics, cluster_id, create_topics
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.generations import active_generation, generation_database
from projections.clickhouse.plan import Block
from projections.clickhouse.projection import Projection, Store
from projections.clickhouse.projector import AnalyticsConfig, run_analytics, session
from projections.clickhouse.rebuild import Rebuilt, counts, lose, rebuild, rebuild_lost
from projections.clickhouse.store import ClickHouseStore
from projections.clickhouse.tables import FEEDS, create_tables
from proof.bugs.new_token import NewToken
from proof.ground.histories import COMPANY, INSTANCE, Log
from proof.ground.served import PARTITIONS, Asked, ServedLog, config_of, dropped, tell
from proof.servers import ClickHouse

pytestmark = pytest.mark.stack

LEADS = [f"lead{n}" for n in range(30)]


async def served(kafka: str) -> ServedLog:
    """30 leads, 420 records, on topics of their own."""
    topics = Topics(prefix=f"t{uuid.uuid4().hex[:8]}.")
    await create_topics(kafka, topics, PARTITIONS, single_node=True)
    made = ServedLog(await cluster_id(kafka), topics)
    tell(made, LEADS)
    await made.send(kafka)
    return made


@pytest.fixture(scope="session")
async def log(kafka: str) -> ServedLog:
    """For all tests, to be read only."""
    return await served(kafka)


@pytest.fixture
async def config(kafka: str, clickhouse: ClickHouse, log: ServedLog) -> AsyncIterator[AnalyticsConfig]:
    made = config_of(kafka, log.topics, clickhouse)
    async with dropped(made):
        yield made


@pytest.fixture(scope="session")
async def filled(kafka: str, clickhouse: ClickHouse, log: ServedLog) -> AsyncIterator[AnalyticsConfig]:
    """A database that holds the whole log, to be read only."""
    made = config_of(kafka, log.topics, clickhouse)
    async with dropped(made):
        await fill(made)
        yield made


@pytest.fixture
def asked(config: AnalyticsConfig) -> Asked:
    return Asked(config.target)


async def fill(config: AnalyticsConfig) -> None:
    """Everything that is in the log now."""
    await create_tables(config.target)
    async with connect(config.target) as client:
        number = await active_generation(client, config.target)
        async with session(config, ClickHouseStore(client, config.target, number)) as running:
            await running.until_caught_up()


async def compare(config: AnalyticsConfig) -> Rebuilt:
    """With a fresh filling, in larger blocks."""
    return await rebuild(replace(config, block_rows=500), flip=False)


async def until(condition: Callable[[], object], asked: Asked, sql: str, timeout_s: float = 120.0) -> None:
    """Waits until the query's value is what the condition returns."""
    async with asyncio.timeout(timeout_s):
        while await asked.one(sql) != condition():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(config: AnalyticsConfig) -> AsyncIterator[None]:
    """The projector as a task; stopped gracefully, in less than five seconds."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_analytics(config, stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


# what is shown


async def test_every_record_is_one_row_and_counts_agree(filled: AnalyticsConfig, log: ServedLog) -> None:
    asked = Asked(filled.target)
    assert await counts(filled.target) == (len(log.records), 3 * len(LEADS), len(LEADS), 2 * len(LEADS))
    assert await asked.one("SELECT uniqExact(`partition`, `offset`) FROM {db}.events") == len(log.records)
    refused = "SELECT countIf(topic = 'CommandRefused' AND code = 'nothing_to_do') FROM {db}.events"
    assert await asked.one(refused) == len(LEADS)


async def test_messages_per_hour_know_their_instance(filled: AnalyticsConfig) -> None:
    rows = await Asked(filled.target).rows(
        "SELECT company, instance, direction, kind, sum(messages) FROM {db}.message_hours "
        "GROUP BY ALL ORDER BY direction"
    )
    assert rows == [(COMPANY, INSTANCE, "in", "text", 90), (COMPANY, INSTANCE, "out", "text", 60)]


async def test_answer_times_go_from_the_first_message_to_the_first_chunk(filled: AnalyticsConfig) -> None:
    asked = Asked(filled.target)
    # messages at 0, 1, 2 s; closed 3, refused 4, replied 5, attempted 6, sent 7 s after the turn's first message
    sql = "SELECT count(), countIf(instance = '' OR reply = ''), min(answer_ms), max(answer_ms) FROM {db}.answers"
    assert await asked.rows(sql) == [(30, 0, 7000, 7000)]
    sql = "SELECT sum(turns), sum(answered), max(answer_ms_p50) FROM {db}.answer_hours"
    assert await asked.rows(sql) == [(30, 30, 7000.0)]


async def test_aggregates_do_not_hang_on_how_partitions_interleave(filled: AnalyticsConfig, log: ServedLog) -> None:
    twin = replace(filled, target=replace(filled.target, database=f"{filled.target.database}x"))
    async with dropped(twin), connect(twin.target) as client:
        await create_tables(twin.target)
        store = ClickHouseStore(client, twin.target, 1)
        projection = await Projection.open(store, log.genesis(), block_rows=33)
        for partition in (2, 0, 1):
            await projection.take([c for c in log.commits if c.partition == partition], 0.0)
            await projection.write(0.0, flush=True)
        assert await digests(twin) == await digests(filled)


async def digests(config: AnalyticsConfig) -> list[list[tuple[object, ...]]]:
    hashed = "SELECT count(), sum(cityHash64(toString(tuple(*)))) FROM {db}."
    views = ("events", "conversations", "message_hours", "answers", "answer_hours")
    return [await Asked(config.target).rows(hashed + view) for view in views]


async def test_no_word_of_a_lead_is_anywhere(filled: AnalyticsConfig) -> None:
    sql = "SELECT countIf(position(toString(tuple(*)), '%s') > 0) FROM {db}.events"
    for canary in ("Oi", "Ana", "5511999990000", "ab" * 32, "in-"):
        assert await Asked(filled.target).one(sql % canary) == 0
    control = derived("lead", COMPANY, "lead1")
    assert await Asked(filled.target).one(sql % control) == 14


async def test_making_tables_twice_changes_nothing(config: AnalyticsConfig, log: ServedLog) -> None:
    await fill(config)
    await create_tables(config.target)
    await fill(config)
    assert (await counts(config.target)).rows == len(log.records)


# exactly once


class KilledAfterInsert(ClickHouseStore):
    """Dies when the server has the rows, before anything says so. (At every other point: `proof.claims`, R5.)"""

    async def insert(self, block: Block) -> None:
        await super().insert(block)
        raise Unavailable("killed")


class NewTokenEachTime(KilledAfterInsert, NewToken):
    """Control: the retry is another block to the server."""


@pytest.mark.parametrize(("store_class", "times"), [(KilledAfterInsert, 1), (NewTokenEachTime, 4)])
async def test_a_repeated_block_counts_once_and_as_a_control_with_new_tokens_each_time(
    config: AnalyticsConfig, asked: Asked, log: ServedLog, store_class: type[KilledAfterInsert], times: int
) -> None:
    await create_tables(config.target)
    commits = [commit for commit in log.commits if commit.partition == 0][:20]
    async with connect(config.target) as client:
        for _ in range(4):
            store: Store = store_class(client, config.target, 1)
            projection = await Projection.open(store, log.genesis())
            await projection.take(commits, 0.0)
            with pytest.raises(Unavailable, match="killed"):
                await projection.write(0.0, flush=True)
    records = sum(len(commit.records) for commit in commits)
    messages = sum(record.event.TOPIC == "MessageReceived" for commit in commits for record in commit.events)
    assert await asked.one("SELECT count() FROM {db}.events") == times * records
    sql = "SELECT sum(messages) FROM {db}.message_hours WHERE direction = 'in'"
    assert await asked.one(sql) == times * messages


async def test_a_block_that_reached_the_facts_but_not_what_is_fed_by_them_is_completed(
    config: AnalyticsConfig, asked: Asked, log: ServedLog
) -> None:
    await create_tables(config.target)
    database = generation_database(config.target, 1)
    async with connect(config.target) as client:
        await client.command(f"DROP VIEW {database}.message_hours_feed")
        for _ in range(2):
            projection = await Projection.open(KilledAfterInsert(client, config.target, 1), log.genesis())
            await projection.take(log.commits[:40], 0.0)
            with pytest.raises(Unavailable, match="killed"):
                await projection.write(0.0, flush=True)
            feed = FEEDS["message_hours"].format(db=database)
            await client.command(
                f"CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.message_hours_feed TO {database}.message_hours "
                f"AS SELECT {feed}"
            )
    messages = await asked.one("SELECT countIf(topic = 'MessageReceived') FROM {db}.events")
    assert messages == await asked.one("SELECT sum(messages) FROM {db}.message_hours WHERE direction = 'in'") != 0


async def test_two_projectors_at_once_leave_every_row_once(config: AnalyticsConfig, log: ServedLog) -> None:
    await create_tables(config.target)
    asked = Asked(config.target)
    async with running(replace(config, block_rows=30)), running(replace(config, block_rows=50)):
        await until(lambda: len(log.records), asked, "SELECT count() FROM {db}.events")
    assert (await compare(config)).equal


# generations


async def test_a_rebuild_beside_a_running_projector_is_equal_and_taken_over(
    kafka: str, config: AnalyticsConfig, asked: Asked
) -> None:
    own = await served(kafka)  # grows
    config = replace(config, topics=own.topics)
    await create_tables(config.target)
    seen: list[tuple[int, int]] = []
    async with running(config):
        await until(lambda: len(own.records), asked, "SELECT count() FROM {db}.events")
        rebuilt = await rebuild(replace(config, block_rows=500), progress=lambda read, of: seen.append((read, of)))
        assert (rebuilt.old, rebuilt.new, rebuilt.equal) == (1, 2, True)
        assert rebuilt.compared["events"][0].rows == len(own.records)
        assert seen[-1] == (len(own.records), len(own.records))
        tell(own, ["late"])
        await own.send(kafka)
        await until(lambda: len(own.records), asked, "SELECT count() FROM {db}.events")
    assert await asked.one("SELECT max(number) FROM {db}.generations") == 2
    assert (await compare(config)).equal


async def test_all_databases_lost_under_a_running_projector_are_made_again(
    kafka: str, config: AnalyticsConfig, asked: Asked, log: ServedLog
) -> None:
    await create_tables(config.target)
    async with running(config):
        await until(lambda: len(log.records), asked, "SELECT count() FROM {db}.events")
        before = await digests(config)
        assert await lose(config.target) == 1
        await rebuild_lost(config, 2)
        assert await digests(config) == before
        assert await asked.one("SELECT max(number) FROM {db}.generations") == 2
    assert (await compare(config)).equal


async def test_a_comparison_finds_a_row_that_should_not_be_there(config: AnalyticsConfig) -> None:
    await fill(config)
    database = generation_database(config.target, 1)
    async with connect(config.target) as client:
        await client.command(f"INSERT INTO {database}.events SELECT * FROM {database}.events LIMIT 1")
    assert not (await compare(config)).equal


# servers that are away


async def test_the_projector_waits_for_a_server_that_is_away_and_stops_when_told(config: AnalyticsConfig) -> None:
    away = replace(config, target=replace(config.target, port=9))  # discard: nobody listens
    async with running(away):
        await asyncio.sleep(0.3)


async def test_an_unreachable_server_is_unavailable(config: AnalyticsConfig) -> None:
    with pytest.raises(Unavailable, match="clickhouse_unavailable"):
        await create_tables(replace(config.target, port=9))


async def test_the_projector_waits_until_there_are_tables(
    config: AnalyticsConfig, asked: Asked, log: ServedLog
) -> None:
    async with running(config):
        await asyncio.sleep(0.3)
        await create_tables(config.target)
        await until(lambda: len(log.records), asked, "SELECT count() FROM {db}.events")


def test_a_database_name_that_could_be_sql_is_refused() -> None:
    from domain.kernel.errors import Misconfigured

    with pytest.raises(Misconfigured, match="clickhouse_database"):
        Target(host="h", port=1, user="u", password="p", database="x; drop")


def test_histories_are_what_the_counts_above_assume() -> None:
    log = Log(1)
    tell(log, ["one"])
    assert len(log.records) == 14
