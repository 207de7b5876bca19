"""The broker is killed in the middle of commits; foreign records fall into the log."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import pytest

from commands.config import WriterConfig
from commands.writer import run_writer
from embedded import kafka
from embedded.kafka_config import KafkaConfig
from eventlog.chain import HEADER, Link
from eventlog.model import LogRecord
from proof.embedded_servers import kafka_server
from proof.servers import Server, data_folder, reserved_port
from tests.chain_fire.field import Field, Verdict
from tests.chain_fire.journal import MemoryJournal
from tests.chain_fire.load import SEED, report, under_load
from tests.commands.tally import ROUTES, add, make_codec

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@contextmanager
def own_broker() -> Iterator[tuple[Server, KafkaConfig]]:
    """One that nobody else needs."""
    with data_folder("fire") as folder, reserved_port() as port, reserved_port() as controller:
        config = KafkaConfig(folder / "kafka", port, controller)
        server = kafka_server(config)
        server.start(partial(kafka.ready, config))
        try:
            yield server, config
        finally:
            server.stop()


@asynccontextmanager
async def writer_on(field: Field) -> AsyncIterator[None]:
    journal = MemoryJournal(field.bootstrap, field.topics.events, field.partitions, field.codec)
    await journal.start()
    stop = asyncio.Event()
    config = WriterConfig(
        bootstrap=field.bootstrap,
        routes=ROUTES,
        topics=field.topics,
        partitions=field.partitions,
        group=field.group,
        codec=field.codec,
        session_timeout_s=3.0,
        produce_timeout_s=2.0,
    )
    task = asyncio.create_task(run_writer(config, journal, journal, stop))
    try:
        yield
    finally:
        stop.set()
        await task
        await journal.stop()


async def broker_killed(tmp_path: Path, n: int) -> Verdict:
    rng = random.Random(SEED)
    with own_broker() as (server, config):
        field = Field(f"{config.host}:{config.port}", make_codec(tmp_path / "schemas"), partitions=2)
        await field.make()
        async with writer_on(field):
            async with under_load(field, rng):
                for _ in range(n):
                    await field.grown(rng.randint(5, 40))
                    await asyncio.sleep(rng.random() * 0.05)
                    server.kill()
                    await asyncio.sleep(0.2 + 2 * rng.random())
                    server.spawn()
                    await asyncio.to_thread(server.wait_ready, partial(kafka.ready, config))
                await field.grown(20)
            verdict = await field.settled(60)
        await field.close()
    return verdict


async def test_a_killed_broker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    (await broker_killed(tmp_path, 1)).assert_clean()


@pytest.mark.slow
async def test_a_broker_killed_five_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    verdict = await broker_killed(tmp_path, 5)
    report("broker_kill", 5, verdict, began)
    verdict.assert_clean()


async def litter(field: Field, partition: int, rng: random.Random) -> None:
    """A record that is not the writer's: torn, foreign, copied, or with a head that is right for a moment."""
    reader, _ = (await field.chain())[partition]
    copied: list[LogRecord] = (await field.read(field.topics.events))[partition]
    torn = Link(0, reader.anchor.last_command_offset + 1, 0, 2, reader.anchor.head)
    stale = Link(0, 0, 0, 1, reader.anchor.head)
    key, value, headers = rng.choice(
        [
            (b"lead/0", b"half a commit", ((HEADER, torn.text()),)),
            (b"lead/0", b"an old command again", ((HEADER, stale.text()),)),
            (b"k", b"no chain at all", ()),
            rng.choice(copied)[3:] if copied else (b"k", b"v", ()),
        ]
    )
    await field.raw.append(field.topics.events, key, value, headers, partition=partition)


async def test_foreign_records_and_commits_too_large_change_nothing(field: Field) -> None:
    rng = random.Random(SEED)
    async with writer_on(field):
        for partition in range(field.partitions):  # the rule tells old commands only once there is a last one
            await field.submit(*add(field.journeys[3 * partition], 999_999))
            await field.answers(partition, 1)
        async with under_load(field, rng):
            for turn in range(20):
                await litter(field, turn % field.partitions, rng)
                journey = rng.choice(field.journeys)
                large = add(journey, 1_000_000 + turn, f"{journey}/a", f"{journey}/b", note="x" * 600_000)
                await field.submit(*large)
        for partition in range(field.partitions):  # half a commit at the very end is void only once another follows
            await field.submit(*add(field.journeys[3 * partition], 999_998))
        verdict = await field.settled(60)
    verdict.assert_clean()
    assert verdict.voids >= 20
    codes = [commit.refusal.code for commit in verdict.commits if commit.refusal]
    assert codes.count("commit_too_large") == 20
