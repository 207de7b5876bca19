"""`legion keys rotate|rewrap`: the keys that Legion itself signs and wraps with."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from cli.main import keys
from cli.stack.environment import operator_settings


@keys.command("rotate")
def rotate_command(
    leaked: Annotated[
        bool,
        typer.Option(
            "--leaked",
            help="the keys there are have leaked: they open nothing any more, everybody refreshes their token",
        ),
    ] = False,
) -> None:
    """Another key signs access tokens: published now, it signs in two minutes; the one before opens until the last
    token that it signed is over. Nobody is refused meanwhile. `rotation_under_way`: the one before is not over yet."""
    from cli.keys import rotate

    rotation = asyncio.run(rotate(operator_settings(), leaked=leaked))
    typer.echo(orjson.dumps(rotation).decode())


@keys.command("rewrap")
def rewrap_command() -> None:
    """Wraps everything in the vault by the first key of LEGION_VAULT_KEKS, while Legion runs. Stopped anywhere, it goes
    on where it was. Exit code 1 while rows of another key are left: a process still wraps by it."""
    from cli.keys import rewrap

    told = asyncio.run(rewrap(operator_settings()))
    typer.echo(orjson.dumps(told).decode())
    if told["left"]:
        raise typer.Exit(1)
