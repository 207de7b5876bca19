"""`legion status`: how everything is, in one look."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.stack.environment import operator_settings


@app.command("status")
def status_command(json: Annotated[bool, typer.Option("--json", help="one line of JSON")] = False) -> None:
    """Lags, heads, what is due, dead letters, quarantine, checkpoints. Exit 1 when somebody should look, with reasons.

    Changes nothing; a part that is away is one of the reasons.
    """
    from cli.status.collect import status
    from cli.status.judge import reasons
    from cli.status.show import lines

    found = asyncio.run(status(operator_settings()))
    why = reasons(found)
    if json:
        typer.echo(orjson.dumps({"well": not why, "reasons": why, **asdict(found)}).decode())
    else:
        for line in lines(found, why):
            typer.echo(line)
    raise typer.Exit(1 if why else 0)
