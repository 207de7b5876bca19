"""`legion dlq list|show|edit|retry`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.main import dlq
from cli.stack.environment import operator_settings

Place = Annotated[int, typer.Argument(min=0, help="the letter's position, the first column of `legion dlq list`")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines")]


@dlq.command("list")
def list_command(
    reason: Annotated[str | None, typer.Option(help="only letters of this code")] = None,
    waiting: Annotated[bool, typer.Option(help="only those that nobody has run again yet")] = False,
    json: Json = False,
) -> None:
    """What no processor could handle in the last 14 days, why, and what was done about it. Bodies are left out."""
    from cli.dlq.open import letters_of
    from cli.dlq.show import as_json, line

    letters = asyncio.run(letters_of(operator_settings()))
    shown = letters.waiting(reason) if waiting else [each for each in letters.all() if reason in (None, each.code)]
    for letter in shown:
        typer.echo(orjson.dumps(as_json(letters, letter)).decode() if json else line(letters, letter))
    if not json:
        typer.echo(f"{len(shown)} dead letters")


@dlq.command("show")
def show_command(
    position: Place,
    body: Annotated[bool, typer.Option("--body", help="the opened body alone: it holds personal data")] = False,
) -> None:
    """One letter as JSON, or the body that it is about."""
    from cli.dlq.open import letters_of, opened
    from cli.dlq.show import as_json

    async def open_body() -> bytes:
        async with opened(operator_settings()) as (letters, again):
            return await again.body(letters.at(position))

    if body:
        sys.stdout.buffer.write(asyncio.run(open_body()) + b"\n")
        return
    letters = asyncio.run(letters_of(operator_settings()))
    typer.echo(orjson.dumps(as_json(letters, letters.at(position)), option=orjson.OPT_INDENT_2).decode())


@dlq.command("edit")
def edit_command(
    position: Place,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="the new body; else $EDITOR shows the old one")
    ] = None,
) -> None:
    """Accepts another body in the letter's place and runs it. The old record stays as it is, in the log."""
    from cli.dlq.editor import edited
    from cli.dlq.open import opened

    async def send() -> None:
        async with opened(operator_settings()) as (letters, again):
            letter = letters.at(position)
            old = await again.body(letter)
            new = file.read_bytes() if file is not None else await asyncio.to_thread(edited, old)
            if new == old:
                typer.echo("not changed: nothing was sent (`legion dlq retry` runs it as it is)")
                raise typer.Exit(1)
            typer.echo(orjson.dumps(asdict(await again.edit(letters, letter, new))).decode())

    asyncio.run(send())


@dlq.command("retry")
def retry_command(
    position: Annotated[int | None, typer.Argument(min=0, help="the letter's position")] = None,
    every: Annotated[bool, typer.Option("--all", help="all that wait, the eldest first")] = False,
    reason: Annotated[str | None, typer.Option(help="with --all: only letters of this code")] = None,
    limit: Annotated[int, typer.Option(min=1, help="with --all: at most so many")] = 100,
    rate: Annotated[float, typer.Option(min=0.1, help="with --all: letters a second")] = 5.0,
) -> None:
    """Runs a letter's body again, once: what dies again comes back as another letter.

    A re-run opens no turn: messages are recorded and a human is asked. Exit 1 when a letter could not be sent.
    """
    from cli.dlq.again import retry_all
    from cli.dlq.open import opened

    if every == (position is not None):
        raise typer.BadParameter("either a position or --all")

    async def send() -> int:
        async with opened(operator_settings()) as (letters, again):
            if position is not None:
                typer.echo(orjson.dumps(asdict(await again.retry(letters, letters.at(position)))).decode())
                return 0
            swept = await retry_all(
                again,
                letters,
                code=reason,
                limit=limit,
                rate=rate,
                said=lambda letter: sys.stderr.write(f"letter {letter.offset}\n"),
            )
            answer = {"resent": len(swept.resent), "failed": swept.failed, "left": swept.left}
            typer.echo(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS).decode())
            return 1 if swept.failed else 0

    raise typer.Exit(asyncio.run(send()))
