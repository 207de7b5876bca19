"""`legion keys`'s parts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cli.settings import Settings
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def rotate(settings: Settings, *, leaked: bool) -> dict[str, Any]:
    """{key, signs_from, old_gone_at}. leaked: at once, and the others are gone. Raises Refused, Unavailable."""
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        return asdict(await (vault.signing.replace_all() if leaked else vault.signing.rotate()))


async def rewrap(settings: Settings) -> dict[str, Any]:
    """{current: id of the key, rewrapped: {table.column: rows}, left: {table.column: rows}}. Raises Corrupt,
    Misconfigured, Unavailable."""
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        done = await vault.rewrap.run()
        return {"current": settings.keks.current, "rewrapped": done, "left": await vault.rewrap.left()}
