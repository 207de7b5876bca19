"""`legion api` as a process: readiness with parts away, streams at a stop, and the stop itself. And the stop of `legion
streams`, which comes while it starts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from cli.ending import END_S, EX_SOFTWARE
from cli.settings import PREFIX, Settings
from embedded import kafka as kafka_parts
from embedded import postgres as postgres_parts
from embedded.kafka_config import KafkaConfig
from embedded.postgres import PostgresConfig
from projections.names import Role, database_name
from proof.embedded_servers import PASSWORD, kafka_server, postgres_server
from proof.servers import Server, data_folder, reserved_port, spawned
from tests.api.sse import listening
from tests.api.world import make_settings, set_up, until
from vault.db import open_vault
from vault.provision import ROLE

pytestmark = pytest.mark.stack
ROOT = Path(__file__).resolve().parent.parent.parent
COMPANY = "0d5c2a8e-9f1b-4c7d-8e2a-3b6f5a4d7c10"
STOP_S = 5.0
PROBE_S = 4.0
"""A probe's own time-out, and some of a busy machine."""


@dataclass(frozen=True, slots=True)
class Servers:
    """This module's own: they will be stopped."""

    kafka: Server
    kafka_config: KafkaConfig
    postgres: Server
    postgres_config: PostgresConfig


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with (
        data_folder("kafka") as kafka_folder,
        data_folder("postgres") as postgres_folder,
        reserved_port() as port,
        reserved_port() as controller,
        reserved_port() as postgres_port,
    ):
        kafka_config = KafkaConfig(kafka_folder / "kafka", port, controller)
        postgres_config = PostgresConfig(
            postgres_folder / "postgres", postgres_port, PASSWORD, settings={"fsync": "off"}
        )
        own = Servers(kafka_server(kafka_config), kafka_config, postgres_server(postgres_config), postgres_config)
        own.kafka.start(partial(kafka_parts.ready, kafka_config))
        own.postgres.start(partial(postgres_parts.ready, postgres_config))
        try:
            yield own
        finally:
            os.killpg(own.kafka.running.pid, signal.SIGCONT)
            own.kafka.stop()
            own.postgres.stop()


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the process reads them, without the admin password: the API needs none."""
    values = settings.model_dump(exclude={"postgres_admin_password"}, exclude_none=True)
    return {
        f"{PREFIX}{name.upper()}": str(v.get_secret_value() if isinstance(v, SecretStr) else v)
        for name, v in values.items()
    }


@dataclass(frozen=True, slots=True)
class Api:
    """The process and a client with the token."""

    server: Server
    settings: Settings
    http: httpx.AsyncClient

    async def ready(self) -> tuple[int, dict[str, str]]:
        started = time.monotonic()
        answer = await self.http.get("/health/ready")
        assert time.monotonic() - started < PROBE_S
        return answer.status_code, answer.json()["parts"]

    async def is_ready(self) -> bool:
        try:
            return (await self.ready())[0] == 200
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
async def token_and_settings(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Settings]:
    kafka = f"{servers.kafka_config.host}:{servers.kafka_config.port}"
    settings = make_settings(
        kafka, servers.postgres_config, data_dir=tmp_path_factory.mktemp("data"), log_level="warning"
    )
    return await set_up(settings), settings


@pytest.fixture
async def api(token_and_settings: tuple[str, Settings], tmp_path: Path) -> AsyncIterator[Api]:
    token, settings = token_and_settings
    with reserved_port() as port:
        env = environment(settings.model_copy(update={"api_port": port}))
        server = Server([sys.executable, "-m", "cli", "api"], tmp_path / "api.log", env=env)
        server.spawn()
        headers = {"authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as http:
            made = Api(server, settings, http)
            try:
                await until("the API", made.is_ready, 60)
                yield made
            finally:
                if server.running.poll() is None:
                    server.kill()


async def test_readiness_names_the_part_that_is_away_and_comes_back_by_itself(api: Api, servers: Servers) -> None:
    os.killpg(servers.kafka.running.pid, signal.SIGSTOP)
    try:
        status, parts = await api.ready()
        assert (status, parts["vault"], parts["reads"]) == (503, "ok", "ok")
        assert parts["log"] in {"timed_out", "kafka_unavailable"}
    finally:
        os.killpg(servers.kafka.running.pid, signal.SIGCONT)
    await until("the log", api.is_ready)
    servers.postgres.kill()

    async def parts_with_a_log() -> dict[str, str] | None:
        """A broker that was stopped may be away once more, for a moment."""
        status, parts = await api.ready()
        assert status == 503
        return parts if parts["log"] == "ok" else None

    parts = await until("a readiness that has the log", parts_with_a_log)
    assert {parts["vault"], parts["reads"]} <= {"timed_out", "vault_unavailable", "read_unavailable"}
    assert (await api.http.get("/health/live")).status_code == 200
    read = await api.http.get("/v1/companies")
    assert (read.status_code, read.headers["content-type"]) == (503, "application/problem+json")
    assert read.headers["retry-after"] == "1"
    tenant = await api.http.get("/v1/leads", headers={"x-tenant-id": COMPANY})
    assert tenant.status_code == 503  # not known to be none
    servers.postgres.start(partial(postgres_parts.ready, servers.postgres_config))
    await until("the databases", api.is_ready)
    assert (await api.http.get("/v1/companies")).status_code == 200


async def test_a_write_with_the_broker_away_is_503_or_504_and_says_to_try_again(api: Api, servers: Servers) -> None:
    os.killpg(servers.kafka.running.pid, signal.SIGSTOP)
    try:
        answer = await api.http.post("/v1/companies", json={"slug": "some-slug", "name": "x"})
    finally:
        os.killpg(servers.kafka.running.pid, signal.SIGCONT)
    assert (answer.status_code, answer.json()["code"]) in {(503, "kafka_unavailable"), (504, "append_unknown")}
    assert answer.headers["retry-after"] == "1"
    await until("the log", api.is_ready)


async def plant_company(settings: Settings, company: str) -> None:
    """As the projector, which does not run here."""
    async with await psycopg.AsyncConnection.connect(settings.dsn(Role.PROJECTOR, database_name(1))) as conn:
        await conn.execute(
            "insert into core.companies"
            " (company_id, id, slug, name, timezone, locale, currency, hours, brand, created_at) values"
            " (%(id)s, %(id)s, 'planted', 'Planted', 'UTC', 'en', 'EUR', '[]', '{}', now())",
            {"id": company},
        )


async def test_a_stop_ends_open_streams_and_takes_less_than_five_seconds(api: Api) -> None:
    await plant_company(api.settings, COMPANY)
    async with listening(api.http, COMPANY) as feed:
        started = time.monotonic()
        api.server.running.send_signal(signal.SIGTERM)
        await feed.end(STOP_S)
    status = api.server.stop()
    assert time.monotonic() - started < STOP_S
    assert status in {0, -signal.SIGTERM}, api.server.tail()
    assert "Traceback" not in api.server.tail()


async def test_another_generation_ends_the_process_so_that_it_starts_anew_on_it(api: Api) -> None:
    async with open_vault(api.settings.dsn(ROLE, "legion_vault"), api.settings.keks) as vault:
        number = await vault.generations.active()
        await vault.generations.flip(await vault.generations.begin(), number)

    async def ended() -> bool:
        return api.server.running.poll() is not None

    await until("the end", ended)
    assert api.server.running.returncode == 0, api.server.tail()


BUSY_S = 20.0
"""What a busy machine may add: who hangs does so for ever."""

STOPS = int(os.environ.get("LEGION_TEST_STOPS", "4"))
"""A start is ten seconds on a busy machine; thirty find what is rare."""
LATEST_S = 3.0
"""By then it has started, on a machine that does nothing else."""


ENDED = {0, -signal.SIGTERM, EX_SOFTWARE}
"""By itself, before it had a say, or cut (cli/ending.py): on a busy machine a start may outlast its stop."""


async def test_streams_that_are_stopped_while_they_start_end(
    token_and_settings: tuple[str, Settings], tmp_path: Path
) -> None:
    """At moments from before it reads its vault to after Faust's start; where it hung was in between."""
    for number in range(STOPS):
        with reserved_port() as port:
            env = environment(token_and_settings[1].model_copy(update={"metrics_port": port}))
            server = Server([sys.executable, "-m", "cli", "streams"], tmp_path / f"streams-{number}.log", env=env)
            with spawned(server):
                await until("its imports", partial(listens, port), 60)
                await asyncio.sleep(LATEST_S * number / STOPS)
                server.running.send_signal(signal.SIGTERM)
                status = await asyncio.to_thread(server.running.wait, END_S + BUSY_S)
        assert status in ENDED, server.tail()


async def listens(port: int) -> bool:
    """The metrics are there: what comes next is the event loop."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
