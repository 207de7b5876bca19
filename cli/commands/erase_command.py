"""`legion erase`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.stack.environment import operator_settings
from domain.lead.parts import ErasureReason


@app.command("erase")
def erase_command(
    lead: Annotated[str, typer.Argument(help="the lead's id")],
    reason: Annotated[ErasureReason, typer.Option(help="stands in the log for ever")],
) -> None:
    """Forgets a person for good: the key that opens the log's copy is destroyed. There is no way back."""
    from cli.erase import erase

    typer.echo(orjson.dumps(asyncio.run(erase(operator_settings(), lead, reason.value))).decode())
