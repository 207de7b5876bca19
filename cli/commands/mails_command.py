"""`legion mails`: what would have been mailed, in the demo."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.stack.environment import operator_settings

JsonLines = Annotated[bool, typer.Option("--json", help="JSON lines, with headers and HTML")]


@app.command("mails")
def mails_command(
    to: Annotated[str | None, typer.Option(help="only those to this address")] = None, json: JsonLines = False
) -> None:
    """The newest 200 mails that the embedded stack's sink was given, the eldest first. They hold working links."""
    from cli.mails import line, mails

    for mail in mails(operator_settings().mail_sink_url, to):
        typer.echo(orjson.dumps(mail).decode() if json else line(mail))
