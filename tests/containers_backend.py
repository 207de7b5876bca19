"""The servers of a test session from testcontainers (LEGION_TEST_BACKEND=testcontainers): Redpanda and the real others.

Skips where Docker is absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from proof.servers import ClickHouse

REDPANDA = "docker.redpanda.com/redpandadata/redpanda:v25.2.1"
PGVECTOR = "pgvector/pgvector:pg18"
CLICKHOUSE = "clickhouse/clickhouse-server:25.8"
PASSWORD = "p:a@s/s%20w'ord"
READONLY_USER, READONLY_PASSWORD = "analyst", "analyst&=?"
START_TIMEOUT_S = 60


def require_docker() -> None:
    """Skip the test unless a Docker daemon answers."""
    docker = pytest.importorskip("docker")
    try:
        docker.from_env().ping()
    except docker.errors.DockerException as absent:
        pytest.skip(f"LEGION_TEST_BACKEND=testcontainers, but Docker is absent: {type(absent).__name__}")


@contextmanager
def kafka_bootstrap() -> Iterator[str]:
    """One Redpanda broker; yields `host:port`."""
    require_docker()
    from testcontainers.community.kafka import RedpandaContainer

    container = RedpandaContainer(REDPANDA)
    container.start(timeout=START_TIMEOUT_S)
    try:
        yield container.get_bootstrap_server()
    finally:
        container.stop()


@contextmanager
def postgres_dsn() -> Iterator[str]:
    """One server with pgvector; yields the superuser's URI."""
    require_docker()
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer(PGVECTOR, username="postgres", password=PASSWORD, dbname="postgres", driver=None) as server:
        yield server.get_connection_url()


@contextmanager
def clickhouse_http() -> Iterator[ClickHouse]:
    """One server with a read-write and a read-only login."""
    require_docker()
    from testcontainers.community.clickhouse import ClickHouseContainer

    container = ClickHouseContainer(CLICKHOUSE, username="legion", password=PASSWORD, dbname="default")
    container.with_env("CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT", "1")
    with container:
        import clickhouse_connect

        host, port = container.get_container_host_ip(), int(container.get_exposed_port(8123))
        admin = clickhouse_connect.get_client(host=host, port=port, username="legion", password=PASSWORD)
        admin.command(f"CREATE USER {READONLY_USER} IDENTIFIED BY '{READONLY_PASSWORD}' SETTINGS readonly = 1")
        admin.command(f"GRANT SELECT, SHOW ON *.* TO {READONLY_USER}")
        admin.close()
        yield ClickHouse(host, port, "legion", PASSWORD, READONLY_USER, READONLY_PASSWORD)
