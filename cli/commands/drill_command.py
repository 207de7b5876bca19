"""`legion disaster-drill`: everything that can be made again is deleted, made again, and compared."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.stack.environment import operator_settings


@app.command("disaster-drill")
def drill_command(
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    production: Annotated[bool, typer.Option("--production", help="also elsewhere than in the embedded stack")] = False,
    control: Annotated[
        bool, typer.Option("--control", help="alters what was rebuilt before comparing: must be found, exit 1")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="one line of JSON, no progress")] = False,
) -> None:
    """Deletes the read databases and ClickHouse under the running processes, rebuilds both from log and vault, and
    proves that every table is equal and nothing was sent. Needs the admin password.

    The API answers reads with 503 meanwhile; webhooks are accepted. Exit 1 when anything differs or was sent.
    """
    from cli.drill.drill import drill
    from cli.drill.guard import why_not

    settings = operator_settings()
    settings.admin_dsn()  # says at once that the password is missing
    why = why_not(settings)
    if why is not None and not production:
        raise typer.BadParameter(f"{why}: --production, if it shall be deleted all the same")
    if not yes:
        typer.confirm("Delete all read databases and the analytics, and make them again from the log?", abort=True)

    def say(text: str) -> None:
        if not json:
            sys.stderr.write(f"{text}\n")

    drilled = asyncio.run(drill(settings, control=control, say=say))
    if json:
        typer.echo(orjson.dumps(drilled.as_json()).decode())
    else:
        for name, value in drilled.as_json().items():
            typer.echo(f"{name:15} {value}")
    raise typer.Exit(0 if drilled.good else 1)
