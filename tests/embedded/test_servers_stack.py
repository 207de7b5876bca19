"""Each server's life: start, stop, kill -9, start again, and the refusal of a second one on the same data."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import clickhouse_connect
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from embedded import clickhouse, postgres
from embedded.clickhouse import ClickHouseConfig
from embedded.kafka import ready as kafka_ready
from embedded.kafka_config import KafkaConfig
from embedded.kafka_probe import cluster_id_at
from embedded.postgres import PostgresConfig
from proof.embedded_servers import clickhouse_server, kafka_server, postgres_server
from proof.servers import Server, data_folder, in_thread, reserved_port

pytestmark = pytest.mark.stack
ACKNOWLEDGED = 300


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def kafka_config(resources: ExitStack) -> KafkaConfig:
    port, controller = (resources.enter_context(reserved_port()) for _ in range(2))
    return KafkaConfig(resources.enter_context(data_folder("kafka")) / "kafka", port, controller)


@pytest.fixture
def postgres_config(resources: ExitStack) -> PostgresConfig:
    port = resources.enter_context(reserved_port())
    return PostgresConfig(resources.enter_context(data_folder("postgres")) / "postgres", port, "pässword")


@pytest.fixture
def clickhouse_config(resources: ExitStack) -> ClickHouseConfig:
    port = resources.enter_context(reserved_port())
    return ClickHouseConfig(resources.enter_context(data_folder("clickhouse")) / "clickhouse", port, "one", "two")


def refused(server: Server) -> str:
    """The words of a server that must not start."""
    assert server.spawn().wait(30) == 1
    return server.tail()


async def make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("t", 1, 1)])
    await admin.close()


async def read_all(bootstrap: str, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return [(await consumer.getone()).value for _ in range(count)]


async def test_kafka_keeps_what_it_acknowledged_over_kill_and_stop(kafka_config: KafkaConfig) -> None:
    server, ready = kafka_server(kafka_config), partial(kafka_ready, kafka_config)
    bootstrap = f"{kafka_config.host}:{kafka_config.port}"
    server.start(ready)
    await make_topic(bootstrap)
    expected = [b"%d" % n for n in range(ACKNOWLEDGED)]
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for value in expected[:-1]:
            await producer.send_and_wait("t", value, partition=0)
        server.kill()
        late = asyncio.create_task(producer.send_and_wait("t", expected[-1], partition=0))
        server.start(ready)
        await late
    assert await read_all(bootstrap, "t", ACKNOWLEDGED) == expected
    assert server.stop() == 128 + signal.SIGTERM
    server.start(ready)
    assert await read_all(bootstrap, "t", ACKNOWLEDGED) == expected
    server.stop()


async def test_kafkas_zstd_is_there_before_it_is_needed(kafka_config: KafkaConfig) -> None:
    """Unpacked by the broker at its first batch, it would be missing for good when the disk is full just then."""
    server = kafka_server(kafka_config)
    server.start(partial(kafka_ready, kafka_config))
    (unpacked,) = kafka_config.temp.rglob("libzstd-jni*")
    bootstrap = f"{kafka_config.host}:{kafka_config.port}"
    await make_topic(bootstrap)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="zstd") as producer:
        await producer.send_and_wait("t", b"x" * 1000, partition=0)
    assert await read_all(bootstrap, "t", 1) == [b"x" * 1000]
    assert list(kafka_config.temp.rglob("libzstd-jni*")) == [unpacked]
    server.stop()


async def test_a_second_kafka_on_the_same_folder_is_refused_and_harms_nothing(kafka_config: KafkaConfig) -> None:
    server, ready = kafka_server(kafka_config), partial(kafka_ready, kafka_config)
    server.start(ready)
    with reserved_port() as port, reserved_port() as controller:
        second = kafka_server(KafkaConfig(kafka_config.data, port, controller))
        assert "is in use by another running server" in refused(second)
    assert await ready()
    server.stop()


async def test_a_kafka_is_not_ours_only_because_it_answers(kafka: str, kafka_config: KafkaConfig) -> None:
    host, port = kafka.split(":")
    squatted = KafkaConfig(kafka_config.data, int(port), kafka_config.controller_port)
    squatted.data.mkdir()
    squatted.cluster_id_file.write_text("AAAAAAAAAAAAAAAAAAAAAA\n")
    assert await cluster_id_at(host, int(port)) is not None
    assert not await kafka_ready(squatted)
    assert f"port {port} on 127.0.0.1 is taken" in refused(kafka_server(squatted))


async def test_a_foreign_server_is_no_kafka(postgres_config: PostgresConfig) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    foreign = await asyncio.start_server(talk, "127.0.0.1", postgres_config.port)
    async with foreign:
        assert await cluster_id_at("127.0.0.1", postgres_config.port) is None
    assert await cluster_id_at("127.0.0.1", postgres_config.port) is None


def test_postgres_keeps_what_it_acknowledged_over_kill_and_stop(postgres_config: PostgresConfig) -> None:
    server, ready = postgres_server(postgres_config), partial(postgres.ready, postgres_config)
    server.start(ready)
    with psycopg.connect(postgres_config.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE t (n int)")
        for n in range(ACKNOWLEDGED):
            connection.execute("INSERT INTO t VALUES (%s)", (n,))
        server.kill()
    for stop in (server.stop, server.stop):
        server.start(ready)
        with psycopg.connect(postgres_config.dsn()) as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (ACKNOWLEDGED,)
        assert stop() == 0


def test_a_second_postgres_on_the_same_folder_is_refused(postgres_config: PostgresConfig) -> None:
    server = postgres_server(postgres_config)
    server.start(partial(postgres.ready, postgres_config))
    with reserved_port() as port:
        second = PostgresConfig(postgres_config.data, port, postgres_config.password)
        assert "is in use by another running server" in refused(postgres_server(second))
    server.stop()


def test_postgres_demands_its_password_and_tells_it_to_nobody(postgres_config: PostgresConfig) -> None:
    assert "set POSTGRES_PASSWORD" in refused(
        Server(postgres.argv(postgres_config), postgres_config.data.parent / "log", {"POSTGRES_PASSWORD": ""})
    )
    server = postgres_server(postgres_config)
    server.start(partial(postgres.ready, postgres_config))
    wrong = PostgresConfig(postgres_config.data, postgres_config.port, "wrong")
    assert not in_thread(partial(postgres.ready, wrong))
    process = Path(f"/proc/{server.running.pid}")
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert postgres_config.password.encode() not in shown
    server.stop()


def test_postgres_logs_neither_rows_nor_statements(postgres_config: PostgresConfig) -> None:
    server = postgres_server(postgres_config)
    server.start(partial(postgres.ready, postgres_config))
    with psycopg.connect(postgres_config.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE t (phone text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO t VALUES ('+5511999990000')")
            except psycopg.errors.UniqueViolation:
                break
    server.stop()
    assert "duplicate key value" in server.tail()
    assert "+5511999990000" not in server.tail()


def clickhouse_count(config: ClickHouseConfig) -> int:
    client = clickhouse_connect.get_client(
        host=config.host, port=config.port, username=config.user, password=config.password
    )
    try:
        return int(str(client.command("SELECT count() FROM t")))
    finally:
        client.close()


def test_clickhouse_keeps_what_it_acknowledged_over_kill_and_stop(clickhouse_config: ClickHouseConfig) -> None:
    server, ready = clickhouse_server(clickhouse_config), partial(clickhouse.ready, clickhouse_config)
    server.start(ready)
    client = clickhouse_connect.get_client(
        host=clickhouse_config.host,
        port=clickhouse_config.port,
        username=clickhouse_config.user,
        password=clickhouse_config.password,
    )
    client.command("CREATE TABLE t (n Int64) ENGINE = MergeTree ORDER BY n")
    for n in range(10):
        client.insert("t", [[n * 100 + m] for m in range(100)], column_names=["n"])
    server.kill()
    client.close()
    for _ in range(2):
        server.start(ready)
        assert clickhouse_count(clickhouse_config) == 1000
        assert server.stop() == 0


def test_a_second_clickhouse_on_the_same_folder_is_refused(clickhouse_config: ClickHouseConfig) -> None:
    server = clickhouse_server(clickhouse_config)
    server.start(partial(clickhouse.ready, clickhouse_config))
    with reserved_port() as port:
        second = ClickHouseConfig(clickhouse_config.data, port, "one", "two")
        assert "is in use by another running server" in refused(clickhouse_server(second))
    server.stop()


def test_clickhouse_demands_its_passwords(clickhouse_config: ClickHouseConfig) -> None:
    server = Server(clickhouse.argv(clickhouse_config), clickhouse_config.data.parent / "log")
    assert "set CLICKHOUSE_PASSWORD and CLICKHOUSE_READONLY_PASSWORD" in refused(server)
