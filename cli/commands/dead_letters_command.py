"""`legion audit dead-letters`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from cli.main import audit
from cli.stack.environment import operator_settings


@audit.command("dead-letters")
def dead_letters_command(
    json: Annotated[bool, typer.Option("--json", help="JSON lines")] = False,
) -> None:
    """What no processor could handle in the last 14 days, and why: records stay where `source` says."""
    from cli.audit.dead_letters import dead_letters
    from eventlog.topics import Topics

    settings = operator_settings()

    async def show() -> None:
        count = 0
        async for letter in dead_letters(settings.kafka_bootstrap, Topics(settings.topic_prefix).dlq):
            count += 1
            source = letter["source"]
            typer.echo(
                orjson.dumps(letter).decode()
                if json
                else f"{letter['at']:%Y-%m-%dT%H:%M:%SZ}  {letter['processor']:10} {letter['code']:20} "
                f"{source['topic']} {source['partition']}:{source['offset']}  {letter['detail'][:120]}"
            )
        if not json:
            typer.echo(f"{count} dead letters")

    asyncio.run(show())
