"""What several composition roots make alike."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import psycopg
import structlog

from cli.settings import Settings
from domain.kernel.errors import Misconfigured, Unavailable
from eventlog.producer import RawLog
from eventlog.topics import Topics, cluster_id
from projections.clickhouse.connection import Target
from projections.names import Passwords, Role, database_name
from projections.read.db import ReadDb
from projections.run import Source
from vault.db import Vault

WATCH_S: Final = 1.0
"""How soon a process notices a flip. The old projector is fenced by then: what it would still read only gets old."""

log = structlog.get_logger()


@asynccontextmanager
async def raw_log(settings: Settings) -> AsyncIterator[RawLog]:
    """Connects at the first append: a broker that is away must not keep a process from starting."""
    log = RawLog(settings.kafka_bootstrap)
    try:
        yield log
    finally:
        await log.stop()


async def active_generation(vault: Vault) -> int:
    """Raises Misconfigured before the first set-up."""
    number = await vault.generations.active()
    if number is None:
        raise Misconfigured("not_set_up", "no generation of the read database is active: run `legion setup`")
    return number


@asynccontextmanager
async def watch_generation(vault: Vault, number: int, stop: asyncio.Event) -> AsyncIterator[None]:
    """Sets `stop` once another generation is active. A process works on one generation for its whole life."""

    async def watch() -> None:
        while not stop.is_set():
            await asyncio.sleep(WATCH_S)
            # The vault is away, or an empty database that is about to be restored: nobody can flip a generation either.
            with contextlib.suppress(Unavailable, psycopg.Error):
                if await vault.generations.active() != number:
                    log.info("generation_changed", was=number)
                    stop.set()

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def open_reads(stack: AsyncExitStack, settings: Settings, vault: Vault) -> tuple[ReadDb, str]:
    """(the active generation's read access, its DSN as the runner)."""
    dsn = settings.dsn(Role.RUNNER, database_name(await active_generation(vault)))
    return await stack.enter_async_context(ReadDb(dsn)), dsn


def passwords(settings: Settings) -> Passwords:
    """Of the read database's logins."""
    return Passwords(
        projector=settings.role_password(Role.PROJECTOR),
        runner=settings.role_password(Role.RUNNER),
        app=settings.role_password(Role.APP),
        writer=settings.role_password(Role.WRITER),
        provisioner=settings.role_password(Role.PROVISIONER),
    )


async def event_source(settings: Settings, stop: asyncio.Event) -> Source | None:
    """Where [events] is read from; None when `stop` came before the broker did."""
    while not stop.is_set():
        try:
            cluster = await cluster_id(settings.kafka_bootstrap)
        except Unavailable as away:
            log.warning("broker_away", code=away.code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WATCH_S)
            continue
        topic = Topics(settings.topic_prefix).events
        return Source(
            bootstrap=settings.kafka_bootstrap, topic=topic, cluster=cluster, partitions=range(settings.partitions)
        )
    return None


def clickhouse_target(settings: Settings) -> Target:
    """Where the analytics tables are."""
    return Target(
        host=settings.clickhouse_host,
        port=settings.clickhouse_port,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password.get_secret_value(),
        database=settings.clickhouse_database,
    )
