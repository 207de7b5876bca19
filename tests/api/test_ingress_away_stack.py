"""Broker or PostgreSQL away: 503 within the time-out and nothing is lost that was answered 200; back: 200 by itself."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from api.ingress.accept import Acceptor
from api.ingress.app import Ingress
from embedded import postgres as postgres_parts
from embedded.postgres import PostgresConfig
from eventlog.producer import TIMEOUT_S, RawLog
from eventlog.topics import Topics, create_topics
from gateways.evolution.verify import verify
from proof.embedded_servers import PASSWORD, postgres_server
from proof.ground.broker import Broker, own_broker
from proof.ground.edge import PARTITIONS, serving
from proof.servers import Postgres, Server, data_folder, reserved_port
from tests.api.edge import SECRET, Instance, bodies_of, letters, new_instance
from vault.credentials import NAMES_CACHED_S
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate
from vault.pool import WAIT_S

pytestmark = pytest.mark.stack
SIGNED = {"x-webhook-secret": SECRET}
BACK_S = 30.0
SLACK_S = 3.0
"""Of a busy machine."""


@pytest.fixture(scope="module")
async def broker() -> AsyncIterator[Broker]:
    """Of this module's own: others' must not be stopped."""
    with data_folder("kafka") as folder:
        async with own_broker(folder) as own:
            yield own


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[Server, PostgresConfig]]:
    """A PostgreSQL of this module's own."""
    with data_folder("postgres") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings={"fsync": "off"})
        server = postgres_server(config)
        server.start(partial(postgres_parts.ready, config))
        try:
            yield server, config
        finally:
            server.stop()


@dataclass(frozen=True, slots=True)
class Away:
    """An ingress on parts that will go away."""

    vault: Vault
    topics: Topics
    ingress: Ingress
    http: httpx.AsyncClient
    instance: Instance

    async def post(self, body: bytes = b"{}") -> int:
        return (await self.http.post(self.instance.path, content=body, headers=SIGNED)).status_code

    async def answers_200_again(self) -> None:
        deadline = time.monotonic() + BACK_S
        while await self.post(b"back") != 200:
            assert time.monotonic() < deadline, "still 503"
            await asyncio.sleep(0.2)


@pytest.fixture
async def away(broker: Broker, database: tuple[Server, PostgresConfig]) -> AsyncIterator[Away]:
    name = f"vault_{uuid.uuid4().hex}"
    dsn = Postgres(database[1].dsn(), lambda: "").dsn
    import psycopg

    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as admin:
        await admin.execute(f"create database {name}".encode())
    own = database[1].dsn(name)
    await migrate(own)
    topics = Topics(f"test-{uuid.uuid4().hex}.")
    await create_topics(broker.bootstrap, topics, PARTITIONS, single_node=True)
    log = RawLog(broker.bootstrap)
    async with open_vault(own, KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")) as vault:
        ingress = Ingress(Acceptor(vault, log, topics), {"evolution": verify})
        async with (
            serving(ingress) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http,
        ):
            yield Away(vault, topics, ingress, http, await new_instance(vault))
    await log.stop()


async def test_a_frozen_broker_is_503_in_time_for_everybody_and_then_200(broker: Broker, away: Away) -> None:
    assert await away.post(b"before") == 200
    broker.freeze()
    try:
        for _ in range(2):  # in flight when it froze; then with a new connection to be made
            started = time.monotonic()
            statuses = await asyncio.gather(*(away.post(b"frozen") for _ in range(20)))
            assert set(statuses) == {503}
            assert time.monotonic() - started < TIMEOUT_S + SLACK_S
    finally:
        broker.thaw()
    await away.answers_200_again()
    kept = await bodies_of(broker.bootstrap, away.topics.ingress, away.vault, away.instance)
    assert kept.count(b"before") == 1  # b"frozen" may be there: unknown to us, and sent again by the provider
    assert b"back" in kept


async def test_a_killed_broker_is_503_and_what_was_answered_200_is_there_after_it(broker: Broker, away: Away) -> None:
    accepted = [body for number in range(20) if await away.post(body := f"n{number}".encode()) == 200]
    assert len(accepted) == 20
    await away.http.post("/ingress/evolution/nobody", headers=SIGNED)
    broker.server.kill()
    started = time.monotonic()
    assert set(await asyncio.gather(*(away.post(b"dead") for _ in range(20)))) == {503}
    assert time.monotonic() - started < TIMEOUT_S + SLACK_S
    await away.ingress.flush()  # strangers cannot be summarised now: they go on being counted
    await broker.again()
    await away.answers_200_again()
    kept = await bodies_of(broker.bootstrap, away.topics.ingress, away.vault, away.instance)
    assert sorted(set(kept) & set(accepted)) == sorted(accepted)
    await away.ingress.flush()
    [letter] = await letters(broker.bootstrap, away.topics.dlq, "")
    assert '"count":1' in letter["detail"]


async def test_postgres_away_is_503_but_a_known_instance_lives_on_in_the_cache(
    database: tuple[Server, PostgresConfig], away: Away
) -> None:
    server, config = database
    assert await away.post(b"before") == 200
    server.kill()
    assert await away.post(b"cached") == 200
    await asyncio.sleep(NAMES_CACHED_S)  # the age at which a secret must be looked up again is the subject
    started = time.monotonic()
    assert await away.post(b"looked up") == 503
    stranger = await away.http.post("/ingress/evolution/nobody", headers=SIGNED)
    assert stranger.status_code == 503
    assert time.monotonic() - started < 2 * WAIT_S + SLACK_S
    server.start(partial(postgres_parts.ready, config))
    await away.answers_200_again()
