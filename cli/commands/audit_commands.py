"""`legion audit log`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import orjson
import typer

from cli.main import audit
from cli.stack.environment import operator_settings


@audit.command("log")
def log_command(
    lead: Annotated[str, typer.Argument(help="the lead's id")],
    json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """Every event of a lead's journey, in the order of the log. Personal fields stay sealed."""
    from cli.audit.history import history

    for entry in asyncio.run(history(operator_settings(), lead)):
        typer.echo(orjson.dumps(entry).decode() if json else _line(entry))


def _line(entry: dict[str, Any]) -> str:
    data = orjson.dumps(entry["data"]).decode()
    place = entry["position"]
    return f"{entry['at']}  {place['partition']}:{place['offset']:<8} {entry['type']:24} {data[:160]}"
