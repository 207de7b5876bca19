"""`legion setup`: everything that must be there before a process starts. Idempotent; needs the admin password."""

from __future__ import annotations

import psycopg
import structlog

from cli.private_file import write_private
from cli.processes.catch_up import catch_up
from cli.processes.common import clickhouse_target, passwords
from cli.processes.rebuild import rebuild
from cli.settings import Settings
from eventlog.topics import Topics, create_topics
from projections.clickhouse.tables import create_tables
from projections.generation import create_generation, is_of_this_code
from vault.db import open_vault
from vault.erasure import is_behind
from vault.migrate import migrate
from vault.provision import ROLE, provision

log = structlog.get_logger()


async def catch_up_if_restored(settings: Settings, vault_dsn: str) -> None:
    """A restore that was not carried to its end: before any process starts."""
    async with await psycopg.AsyncConnection.connect(vault_dsn) as connection:
        behind = await is_behind(connection)
    if behind:
        await catch_up(settings)


async def set_up(settings: Settings) -> None:
    """Topics, vault, active generation of the read database (another one where it is of other code), ClickHouse's
    tables, bootstrap token."""
    topics = Topics(settings.topic_prefix)
    await create_topics(settings.kafka_bootstrap, topics, settings.partitions, single_node=settings.single_node)
    vault_dsn = await provision(settings.admin_dsn(), settings.role_password(ROLE))
    await migrate(vault_dsn)
    await catch_up_if_restored(settings, vault_dsn)
    async with open_vault(vault_dsn, settings.keks) as vault:
        number = await vault.generations.active()
        if number is None:
            number = await vault.generations.begin()
            await create_generation(settings.admin_dsn(), number, passwords(settings))
            await vault.generations.flip(number, None)
        elif await is_of_this_code(settings.admin_dsn(), number):
            await create_generation(settings.admin_dsn(), number, passwords(settings))
        else:  # after an update: read models have no migrations, the log makes them anew
            log.warning("generation_of_other_code", generation=number)
            rebuilt = await rebuild(settings, compare_only=False, accept_differences=True)
            number = rebuilt.generation
        token_file = settings.data_dir / "bootstrap.token"
        token = await vault.tokens.ensure_bootstrap(renew=not token_file.exists())
        if token is not None:
            write_private(token_file, token.encode())
    await create_tables(clickhouse_target(settings))
    log.info("set_up", generation=number)
