"""Session fixtures: real servers, started on first use, one set for each xdist worker.

`LEGION_TEST_BACKEND=testcontainers` takes them from Docker (Redpanda, pgvector, ClickHouse) instead of `embedded/`.

* `kafka`: the bootstrap string `host:port`;
* `topic_factory`: `await topic_factory(partitions=1, config={...}, name=None)` makes a topic and returns its name;
* `postgres`: `.dsn` (superuser) and `.fresh_database()` (URI of a new, empty database);
* `clickhouse`: `.host .port .user .password .readonly_user .readonly_password .url` (HTTP interface).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import certifi
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from proof import embedded_servers
from proof.servers import ClickHouse, Postgres
from tests import containers_backend

HERE = Path(__file__).parent

# Dozens of brokers that live for minutes: compiling their code well takes two seconds of a processor from each.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


class TopicFactory(Protocol):
    """Makes topics; unnamed ones get a unique name."""

    async def __call__(
        self, partitions: int = 1, config: Mapping[str, str] | None = None, name: str | None = None
    ) -> str: ...


def _in_containers() -> bool:
    backend = os.environ.get("LEGION_TEST_BACKEND", "embedded")
    if backend not in {"embedded", "testcontainers"}:
        raise pytest.UsageError(f"LEGION_TEST_BACKEND={backend}: use 'embedded' or 'testcontainers'")
    return backend == "testcontainers"


LONGEST = ("e2e", "isolation", "fuzz", "embedded", "streams", "chain_fire")
"""Folders of the longest files, which begin first: at the end one worker would wait for the other's."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> tuple[int, bool]:
        folder = item.path.relative_to(HERE).parts[0]
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST), "_unit" in item.path.name

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each HTTP client that is made reads all authorities of certifi, 30 ms of a processor; tests make thousands, and
    speak to this machine in the clear."""
    end = "-----END CERTIFICATE-----"
    first = tmp_path_factory.mktemp("certifi") / "one.pem"
    first.write_text(Path(certifi.where()).read_text().partition(end)[0] + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certifi, "where", lambda: str(first))
        yield


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """A running log: bootstrap string."""
    with (containers_backend if _in_containers() else embedded_servers).kafka_bootstrap() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
async def kafka_admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client on the running log."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@pytest.fixture(scope="session")
async def topic_factory(kafka_admin: AIOKafkaAdminClient) -> TopicFactory:
    """Makes topics with the given partition count and topic configuration."""

    async def create(partitions: int = 1, config: Mapping[str, str] | None = None, name: str | None = None) -> str:
        topic = name or f"test-{uuid.uuid4().hex}"
        new = NewTopic(topic, num_partitions=partitions, replication_factor=1, topic_configs=dict(config or {}))
        answer = await kafka_admin.create_topics([new])
        for _, code, message in answer.topic_errors:
            if code:
                raise for_code(code)(message)
        return topic

    return create


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL with pgvector."""
    with (containers_backend if _in_containers() else embedded_servers).postgres_dsn() as dsn:
        yield Postgres(dsn, partial(embedded_servers.fresh_database, dsn))


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[ClickHouse]:
    """A running ClickHouse, by HTTP."""
    with (containers_backend if _in_containers() else embedded_servers).clickhouse_http() as server:
        yield server
