"""A migrated vault, topics, and the ingress under uvicorn, one set for the session."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from api.ingress.accept import Acceptor
from api.ingress.app import Ingress
from embedded import postgres as postgres_parts
from embedded.postgres import PostgresConfig
from eventlog.producer import RawLog
from eventlog.topics import Topics, create_topics
from gateways.evolution.verify import verify
from proof.embedded_servers import PASSWORD, postgres_server
from proof.ground.edge import PARTITIONS, serving
from proof.servers import Postgres, data_folder, reserved_port
from tests.api.world import World, make_settings, open_world
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate


@pytest.fixture(scope="session")
async def vault(postgres: Postgres) -> AsyncIterator[Vault]:
    dsn = postgres.fresh_database()
    await migrate(dsn)
    async with open_vault(dsn, KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")) as opened:
        yield opened


@pytest.fixture
async def own_vault(postgres: Postgres) -> AsyncIterator[Vault]:
    """That no other test uses."""
    dsn = postgres.fresh_database()
    await migrate(dsn)
    async with open_vault(dsn, KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")) as opened:
        yield opened


@pytest.fixture(scope="session")
async def topics(kafka: str) -> Topics:
    made = Topics(f"test-{uuid.uuid4().hex}.")
    await create_topics(kafka, made, PARTITIONS, single_node=True)
    return made


@pytest.fixture(scope="session")
async def raw_log(kafka: str) -> AsyncIterator[RawLog]:
    log = RawLog(kafka)
    yield log
    await log.stop()


@dataclass(frozen=True, slots=True)
class Edge:
    """The running ingress and a client of it."""

    ingress: Ingress
    port: int
    http: httpx.AsyncClient


@pytest.fixture(scope="session")
async def edge(vault: Vault, topics: Topics, raw_log: RawLog) -> AsyncIterator[Edge]:
    ingress = Ingress(Acceptor(vault, raw_log, topics), {"evolution": verify})
    async with (
        serving(ingress) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http,
    ):
        yield Edge(ingress, port, http)


@contextmanager
def separate_postgres() -> Iterator[PostgresConfig]:
    """A server of one's own: Legion's roles and databases have fixed names, and other tests their own."""
    with data_folder("postgres") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings={"fsync": "off"})
        server = postgres_server(config)
        server.start(partial(postgres_parts.ready, config))
        try:
            yield config
        finally:
            server.stop()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresConfig]:
    """A server of the module's own."""
    with separate_postgres() as config:
        yield config


@pytest.fixture(scope="module")
async def world(kafka: str, own_postgres: PostgresConfig) -> AsyncIterator[World]:
    """A running Legion of the module's own."""
    async with open_world(make_settings(kafka, own_postgres)) as opened:
        yield opened
