"""`legion rebuild`: the read database, made anew from the log."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.stack.environment import operator_settings


@app.command("rebuild")
def rebuild_command(
    compare: Annotated[
        bool, typer.Option(help="build a scratch generation, compare, drop it; nothing is shown")
    ] = False,
    accept_differences: Annotated[bool, typer.Option(help="show it though it differs: new code, other tables")] = False,
    json: Annotated[bool, typer.Option("--json", help="one line of JSON, no progress")] = False,
) -> None:
    """Fills a new generation from offset 0, compares it with the active one, shows it. Sends nothing.

    Exit 1 when they differ. Needs the admin password.
    """
    from cli.processes.rebuild import rebuild

    def progress(done: int, total: int) -> None:
        sys.stderr.write(f"\r{done} of {total} records")
        sys.stderr.flush()

    rebuilt = asyncio.run(
        rebuild(
            operator_settings(),
            compare_only=compare,
            accept_differences=accept_differences,
            progress=None if json else progress,
        )
    )
    found = rebuilt.comparison
    differing = [difference.table for difference in found.differences] if found else []
    answer = {
        "equal": found is None or found.equal,
        "tables": found.tables if found else 0,
        "rows": found.rows if found else 0,
        "differing": differing,
        "records": rebuilt.records,
        "generation": rebuilt.generation,
        "shown": rebuilt.flipped,
    }
    if json:
        typer.echo(orjson.dumps(answer).decode())
    else:
        sys.stderr.write("\r")
        for name, value in answer.items():
            typer.echo(f"{name:11} {value}")
    raise typer.Exit(0 if answer["equal"] or rebuilt.flipped else 1)
