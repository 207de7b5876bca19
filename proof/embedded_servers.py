"""Servers of `embedded/` for proofs and tests: one context a server, gone at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from embedded import clickhouse, kafka, postgres
from embedded.clickhouse import ClickHouseConfig
from embedded.kafka_config import KafkaConfig
from embedded.postgres import PostgresConfig
from proof.servers import ClickHouse, Server, data_folder, reserved_port

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / ".legion" / "jars"
PASSWORD = "p:a@s/s%20w'ord"  # awkward on purpose: whoever builds URIs by hand finds out here
READONLY_PASSWORD = "analyst&=?"


def kafka_server(config: KafkaConfig) -> Server:
    return Server(kafka.argv(config, JARS), config.data.parent / "kafka.log")


def postgres_server(config: PostgresConfig) -> Server:
    env = {postgres.PASSWORD_VARIABLE: config.password}
    return Server(postgres.argv(config), config.data.parent / "postgres.log", env, postgres.STOP_SIGNAL)


@contextmanager
def kafka_bootstrap() -> Iterator[str]:
    """One broker; yields `host:port`."""
    with data_folder("kafka") as folder, reserved_port() as port, reserved_port() as controller:
        config = KafkaConfig(folder / "kafka", port, controller)
        server = kafka_server(config)
        server.start(partial(kafka.ready, config))
        try:
            yield f"{config.host}:{port}"
        finally:
            server.stop()


@contextmanager
def postgres_dsn() -> Iterator[str]:
    """One server; yields the superuser's URI. No fsync: nobody cuts the power of a test run."""
    with data_folder("postgres") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings={"fsync": "off"})
        server = postgres_server(config)
        server.start(partial(postgres.ready, config))
        try:
            yield config.dsn()
        finally:
            server.stop()


def fresh_database(dsn: str) -> str:
    """A new, empty database on the server; its URI."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return str(urlsplit(dsn)._replace(path=f"/{name}").geturl())


def clickhouse_server(config: ClickHouseConfig) -> Server:
    env = dict(clickhouse.environment(config))
    return Server(clickhouse.argv(config), config.data.parent / "clickhouse.log", env)


@contextmanager
def clickhouse_http() -> Iterator[ClickHouse]:
    """One server with a read-write and a read-only login."""
    with data_folder("clickhouse") as folder, reserved_port() as port:
        config = ClickHouseConfig(folder / "clickhouse", port, PASSWORD, READONLY_PASSWORD)
        server = clickhouse_server(config)
        server.start(partial(clickhouse.ready, config))
        try:
            yield ClickHouse(config.host, port, config.user, PASSWORD, config.readonly_user, READONLY_PASSWORD)
        finally:
            server.stop()
