"""`legion catalogue`'s part: the shown read database against what the code makes."""

from __future__ import annotations

import psycopg

from cli.processes.common import active_generation
from cli.settings import Settings
from projections.catalogue.lint import findings
from projections.catalogue.reference import reference
from projections.names import Role, database_name
from projections.pool import unavailable_when_away
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def catalogue(settings: Settings) -> list[str]:
    """Findings, one line each. Needs the admin password. Raises Misconfigured, Unavailable."""
    expected = await reference(settings.admin_dsn())
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        dsn = settings.dsn(Role.RUNNER, database_name(await active_generation(vault)))
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(dsn) as conn:
            return await findings(conn, expected)
