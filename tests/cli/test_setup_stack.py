"""`legion setup` after an update: a read database of other code is made anew from the log, with nobody's help."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from cli.processes.setup import set_up
from cli.settings import Settings
from embedded import postgres as postgres_parts
from embedded.postgres import PostgresConfig
from projections.generation import dsn_for, generation_exists, is_of_this_code
from proof.embedded_servers import PASSWORD, postgres_server
from proof.servers import ClickHouse, data_folder, reserved_port
from tests.api.world import make_settings
from vault.db import open_vault
from vault.provision import DATABASE, ROLE

pytestmark = pytest.mark.stack


@pytest.fixture
def settings(kafka: str, clickhouse: ClickHouse, tmp_path: Path) -> Iterator[Settings]:
    """The vault's database and role have fixed names: a server of its own."""
    with data_folder("postgres") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings={"fsync": "off"})
        server = postgres_server(config)
        server.start(partial(postgres_parts.ready, config))
        try:
            yield make_settings(
                kafka,
                config,
                data_dir=tmp_path,
                clickhouse_host=clickhouse.host,
                clickhouse_port=clickhouse.port,
                clickhouse_user=clickhouse.user,
                clickhouse_password=clickhouse.password,
                clickhouse_database=f"t{uuid4().hex[:12]}",
            )
        finally:
            server.stop()


async def active(settings: Settings) -> int | None:
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        return await vault.generations.active()


@pytest.mark.parametrize(
    "other",
    [
        "alter table core.leads drop column assigned_user cascade",
        "drop table core.security_events cascade",
        "alter table core.leads add column of_later_code text",
    ],
)
async def test_a_read_database_of_other_code_is_made_anew(settings: Settings, other: str) -> None:
    await set_up(settings)
    await set_up(settings)
    assert await active(settings) == 1, "the control: what is of this code stays"
    async with await psycopg.AsyncConnection.connect(dsn_for(settings.admin_dsn(), 1, None, "")) as conn:
        await conn.execute(other)
    assert not await is_of_this_code(settings.admin_dsn(), 1)
    await set_up(settings)
    assert await active(settings) == 2
    assert await is_of_this_code(settings.admin_dsn(), 2)
    assert not await generation_exists(settings.admin_dsn(), 1)
