"""Topics, producer, consumer and dead letters on a real log."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete

from domain.kernel.errors import Corrupt, Misconfigured, OutcomeUnknown, TooLarge, Unavailable
from domain.kernel.ids import partition_of
from domain.kernel.sealed import Sealed
from eventlog.assemble import Built
from eventlog.codec import Codec
from eventlog.consumer import LogConsumer
from eventlog.dlq import DeadLetter, Dlq
from eventlog.model import Anchor, Commit, Outgoing
from eventlog.producer import CommandLog, RawLog
from eventlog.reader import Void
from eventlog.topics import MAX_BATCH_BYTES, Topics, cluster_id, create_topics
from tests.eventlog.logs import commit_of
from tests.eventlog.samples import command_id, greet

pytestmark = pytest.mark.stack

PARTITIONS = 3
P = 1
"""The partition that the tests write to."""


@pytest.fixture(scope="session")
async def topics(kafka: str) -> Topics:
    made = Topics(prefix=f"t{uuid.uuid4().hex[:8]}.")
    await create_topics(kafka, made, PARTITIONS, single_node=True)
    return made


@pytest.fixture(scope="session")
async def cluster(kafka: str) -> str:
    return await cluster_id(kafka)


@pytest.fixture
async def raw(kafka: str) -> AsyncIterator[RawLog]:
    log = RawLog(kafka)
    await log.start()
    yield log
    await log.stop()


class Writer:
    """Appends commits to a fresh topic, one batch each, as a writer does."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, genesis: Anchor, codec: Codec) -> None:
        self.producer, self.topic, self.genesis, self.codec = producer, topic, genesis, codec
        self.head = genesis.head
        self.command = -1

    async def commit(self, size: int = 1) -> Built:
        self.command += 1
        built = commit_of(self.head, self.command, self.codec, size=size)
        await self.send(*built.records)
        self.head = built.head
        return built

    async def send(self, *records: Outgoing) -> int:
        batch = self.producer.create_batch()
        for record in records:
            batch.append(key=record.key, value=record.value, timestamp=None, headers=list(record.headers))
        batch.close()
        sent = await (await self.producer.send_batch(batch, self.topic, partition=P))
        offset: int = sent.offset
        return offset


@pytest.fixture
async def writer(kafka: str, cluster: str, codec: Codec) -> AsyncIterator[Writer]:
    topics = Topics(prefix=f"t{uuid.uuid4().hex[:8]}.")
    await create_topics(kafka, topics, PARTITIONS, single_node=True)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, compression_type="zstd")
    await producer.start()
    genesis = Anchor.genesis(cluster_id=cluster, topic=topics.events, partition=P)
    yield Writer(producer, topics.events, genesis, codec)
    await producer.stop()


def consumer(kafka: str, writer: Writer, cluster: str, anchor: Anchor | None = None) -> LogConsumer:
    return LogConsumer(
        kafka, writer.topic, [anchor or writer.genesis], cluster=cluster, codec=writer.codec, max_records=7
    )


async def read_all(log: LogConsumer) -> list[Commit]:
    """Everything up to the end of now."""
    ends = await log.end_offsets()
    commits: list[Commit] = []
    while not await log.caught_up(ends):
        for read in (await log.poll(timeout_ms=100)).values():
            commits += read
    return commits


# topics


async def test_making_topics_twice_changes_nothing(kafka: str, topics: Topics) -> None:
    await create_topics(kafka, topics, PARTITIONS, single_node=True)


async def test_topics_keep_what_the_design_says(kafka: str, topics: Topics, kafka_admin: AIOKafkaAdminClient) -> None:
    for name, wanted in topics.configs(single_node=True).items():
        (answer,) = await kafka_admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        settings = {entry[0]: entry[1] for entry in answer.resources[0][4]}
        assert {key: settings[key] for key in wanted} == wanted, name
    described = {t["topic"]: len(t["partitions"]) for t in await kafka_admin.describe_topics()}
    assert {name: described[name] for name in topics.partition_counts(PARTITIONS)} == topics.partition_counts(
        PARTITIONS
    )


async def test_another_number_of_partitions_is_refused(kafka: str, topics: Topics) -> None:
    with pytest.raises(Misconfigured, match="topic_partitions"):
        await create_topics(kafka, topics, PARTITIONS + 1, single_node=True)


async def test_the_cluster_has_one_id(kafka: str, cluster: str) -> None:
    assert cluster
    assert await cluster_id(kafka) == cluster


# producer


async def test_a_command_lands_in_its_journeys_partition_and_comes_back(
    kafka: str, raw: RawLog, topics: Topics, codec: Codec
) -> None:
    commands = CommandLog(raw, topics, partitions=PARTITIONS, codec=codec, epoch=2)
    meta, command = greet(1, "lead/somebody")
    position = await commands.submit(meta, command)
    assert (position.epoch, position.partition) == (2, partition_of("lead/somebody", PARTITIONS))

    reader = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="none")
    await reader.start()
    try:
        place = TopicPartition(topics.commands, position.partition)
        reader.assign([place])
        reader.seek(place, position.offset)
        record = await reader.getone(place)
    finally:
        await reader.stop()
    assert record.key == b"lead/somebody"
    assert codec.decode_command(record.value) == (meta, command)
    assert dict(record.headers)["ce_type"] == b"legion.Greet"
    assert dict(record.headers)["ce_id"] == meta.command_id.encode()
    assert record.timestamp_type == 1, "LogAppendTime"


async def test_many_commands_at_once_each_get_their_own_position(raw: RawLog, topics: Topics, codec: Codec) -> None:
    commands = CommandLog(raw, topics, partitions=PARTITIONS, codec=codec)
    positions = await commands.submit_many([greet(number, f"lead/{number % 7}") for number in range(200)])
    assert len(set(positions)) == 200
    assert [p.partition for p in positions] == [partition_of(f"lead/{n % 7}", PARTITIONS) for n in range(200)]


async def test_one_of_many_that_is_too_large_is_told(raw: RawLog, topics: Topics, codec: Codec) -> None:
    commands = CommandLog(raw, topics, partitions=PARTITIONS, codec=codec)
    meta, command = greet()
    with pytest.raises(TooLarge):
        await commands.submit_many([greet(), (meta, replace(command, text=Sealed(bytes(MAX_BATCH_BYTES))))])


async def test_a_record_over_the_limit_is_refused_and_the_log_goes_on(raw: RawLog, topics: Topics) -> None:
    with pytest.raises(TooLarge, match="record_too_large"):
        await raw.append(topics.ingress, b"k", bytes(MAX_BATCH_BYTES + 1), ())
    assert (await raw.append(topics.ingress, b"k", b"v", (), partition=0)).partition == 0


async def test_a_broker_that_is_not_there_is_unavailable() -> None:
    log = RawLog("127.0.0.1:1", timeout_s=0.5)
    with pytest.raises(Unavailable, match="kafka_unavailable"):
        await log.append("t", b"k", b"v", ())
    await log.stop()


async def test_after_an_unknown_outcome_the_next_append_has_a_new_producer(raw: RawLog, topics: Topics) -> None:
    await raw.append(topics.ingress, b"k", b"1", ())
    old = raw._producer
    raw._timeout_s = 0.000001
    results = await asyncio.gather(
        *(raw.append(topics.ingress, b"k", b"2", ()) for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(result, OutcomeUnknown) for result in results)
    raw._timeout_s = 5.0
    await raw.append(topics.ingress, b"k", b"3", ())
    assert raw._producer is not old


async def test_a_dead_letter_arrives(kafka: str, raw: RawLog, topics: Topics) -> None:
    letter = DeadLetter(processor="normalise", code="c", detail="d", topic="x", partition=0, offset=1)
    position = await Dlq(raw, topics).send(letter)
    reader = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="none")
    await reader.start()
    try:
        place = TopicPartition(topics.dlq, position.partition)
        reader.assign([place])
        reader.seek(place, position.offset)
        record = await reader.getone(place)
    finally:
        await reader.stop()
    assert orjson.loads(record.value)["id"] == letter.id
    assert dict(record.headers)["ce_subject"] == b"normalise"


# consumer


async def test_commits_are_read_from_genesis_whatever_lies_between(
    kafka: str, cluster: str, writer: Writer, codec: Codec
) -> None:
    heads = []
    for size in (1, 3, 2, 9):
        heads.append((await writer.commit(size)).head)
        await writer.send(*commit_of(bytes(32), writer.command, codec, size=2).records)
        await writer.send(*commit_of(writer.head, writer.command + 1, codec, size=3).records[:2])
    log = consumer(kafka, writer, cluster)
    await log.start()
    try:
        commits = await read_all(log)
        assert [commit.head for commit in commits] == heads
        assert [len(commit.events) for commit in commits] == [1, 3, 2, 9]
        assert log.anchor(P).head == writer.head
        assert log.voids(P)[Void.FOREIGN_PREV] == 8
        assert log.voids(P)[Void.TORN] >= 6
        await writer.commit()
        async for partition, more in log.batches(timeout_ms=100):
            assert (partition, [commit.head for commit in more]) == (P, [writer.head])
            break
    finally:
        await log.stop()


async def test_reading_goes_on_from_a_checked_anchor(kafka: str, cluster: str, writer: Writer) -> None:
    for size in (2, 9, 1):
        await writer.commit(size)
    first = consumer(kafka, writer, cluster)
    await first.start()
    commits = await read_all(first)
    await first.stop()
    for index in range(len(commits)):
        anchor = writer.genesis.after(commits[index])
        log = consumer(kafka, writer, cluster, anchor)
        await log.start()
        assert await read_all(log) == commits[index + 1 :]
        await log.stop()


async def test_a_transaction_marker_at_the_end_does_not_block(kafka: str, cluster: str, writer: Writer) -> None:
    await writer.commit()
    foreign = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=uuid.uuid4().hex)
    await foreign.start()
    for commit in (True, False):
        await foreign.begin_transaction()
        await foreign.send_and_wait(writer.topic, b"x", partition=P)
        await (foreign.commit_transaction() if commit else foreign.abort_transaction())
    await foreign.stop()
    log = consumer(kafka, writer, cluster)
    await log.start()
    try:
        assert len(await read_all(log)) == 1
        assert log.voids(P) == {Void.MALFORMED: 2}, "the aborted one is seen too: read_uncommitted"
    finally:
        await log.stop()


async def started_with(kafka: str, cluster: str, writer: Writer, anchor: Anchor) -> None:
    await consumer(kafka, writer, cluster, anchor).start()


async def test_an_anchor_that_the_log_does_not_hold_stops_the_start(kafka: str, cluster: str, writer: Writer) -> None:
    built = await writer.commit(2)
    log = consumer(kafka, writer, cluster)
    await log.start()
    (commit,) = await read_all(log)
    await log.stop()
    good = writer.genesis.after(commit)
    assert good.head == built.head
    for bad, code in (
        (replace(good, head=bytes(32)), "anchor_mismatch"),
        (replace(good, commit_prev=bytes(32)), "anchor_mismatch"),
        (replace(good, next_offset=3), "log_cut"),
        (replace(good, commit_offset=7, next_offset=9), "log_cut"),
        (replace(writer.genesis, head=bytes(32)), "anchor_mismatch"),
    ):
        with pytest.raises(Corrupt, match=code):
            await started_with(kafka, cluster, writer, bad)
    with pytest.raises(Corrupt, match="anchor_mismatch"):
        await started_with(kafka, "another-cluster", writer, writer.genesis)


async def test_a_log_whose_beginning_is_gone_stops_the_start(
    kafka: str, cluster: str, writer: Writer, kafka_admin: AIOKafkaAdminClient
) -> None:
    await writer.commit()
    await writer.commit()
    await kafka_admin.delete_records({TopicPartition(writer.topic, P): RecordsToDelete(before_offset=1)})
    with pytest.raises(Corrupt, match="log_cut"):
        await started_with(kafka, cluster, writer, writer.genesis)


async def test_a_consumer_without_a_broker_is_unavailable(cluster: str, codec: Codec) -> None:
    genesis = Anchor.genesis(cluster_id=cluster, topic="t", partition=0)
    with pytest.raises(Unavailable):
        await LogConsumer("127.0.0.1:1", "t", [genesis], cluster=cluster, codec=codec).start()


async def test_the_commands_id_is_what_its_commit_answers(kafka: str, cluster: str, writer: Writer) -> None:
    await writer.commit()
    log = consumer(kafka, writer, cluster)
    await log.start()
    (commit,) = await read_all(log)
    await log.stop()
    assert commit.command_id == command_id(0)
