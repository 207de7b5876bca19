"""`legion catalogue`: who may see and do what in the read database, against the code."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.stack.environment import operator_settings


@app.command("catalogue")
def catalogue_command(json: Annotated[bool, typer.Option("--json", help="one line of JSON")] = False) -> None:
    """Compares tables, policies, views, functions, roles and grants with what this code makes. Exit 1 with findings.

    Changes nothing; makes an empty database to compare with and drops it. Needs the admin password.
    """
    from cli.catalogue import catalogue

    found = asyncio.run(catalogue(operator_settings()))
    if json:
        typer.echo(orjson.dumps({"findings": found}).decode())
    else:
        for line in found or ["all is as the code says"]:
            typer.echo(line)
    raise typer.Exit(1 if found else 0)
