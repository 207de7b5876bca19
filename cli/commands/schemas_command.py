"""`legion schemas`: the committed schema ids, told to a registry."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from cli.main import app


@app.command("schemas")
def schemas_command(
    registry: Annotated[str, typer.Argument(help="base URL of a Confluent-compatible schema registry")],
) -> None:
    """Registers the committed schema ids: outside tools (Redpanda Console, kcat) read values with them. Idempotent."""
    from cli.schemas import register
    from eventlog.book import Book

    typer.echo(orjson.dumps(asdict(asyncio.run(register(registry, Book.load())))).decode())
