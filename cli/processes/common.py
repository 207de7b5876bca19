"""What several composition roots make alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from cli.settings import Settings
from domain.kernel.errors import Misconfigured
from eventlog.producer import RawLog
from projections.names import Passwords, Role, database_name
from projections.read.db import ReadDb
from vault.db import Vault


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
    )
