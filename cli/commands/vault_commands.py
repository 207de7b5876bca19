"""`legion vault backup|restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.main import vault
from cli.stack.environment import operator_settings


@vault.command("backup")
def backup_command(file: Annotated[Path, typer.Argument(help="where to write it; must not exist")]) -> None:
    """Writes the whole vault, as of one moment, into one file. The key-encryption keys are kept apart."""
    from vault.backup import backup
    from vault.provision import DATABASE, ROLE

    settings = operator_settings()
    if file.exists():
        raise typer.BadParameter(f"{file} exists")
    rows = asyncio.run(backup(settings.dsn(ROLE, DATABASE), file, settings.keks))
    typer.echo(orjson.dumps({"file": str(file), "rows": rows}).decode())


@vault.command("restore")
def restore_command(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Fills an empty vault from a backup, all or nothing, and tells it what the log says of the time since: who was
    erased stays erased. Run `legion rebuild` afterwards."""
    from dataclasses import asdict

    from cli.processes.catch_up import catch_up
    from vault.backup import restore
    from vault.provision import DATABASE, ROLE

    settings = operator_settings()
    rows = asyncio.run(restore(file, settings.dsn(ROLE, DATABASE), settings.keks))
    since = asyncio.run(catch_up(settings))
    typer.echo(orjson.dumps({"file": str(file), "rows": rows, "since": asdict(since)}).decode())
