"""`legion explain`: what an inbound body means, as the normaliser sees it. Starts nothing, needs no settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer

from cli.main import app


@app.command("explain")
def explain_command(
    body: Annotated[Path | None, typer.Argument(help="a file with the body; `-` or nothing: standard input")] = None,
    provider: Annotated[str, typer.Option(help="who sent it")] = "evolution",
    secret: Annotated[
        str | None, typer.Option(help="the instance's webhook secret, to verify the headers with")
    ] = None,
    header: Annotated[list[str] | None, typer.Option(help="`Name: value`, may be repeated")] = None,
    batch: Annotated[bool, typer.Option(help="JSON lines {id, provider, body (base64), headers?, secret?} in")] = False,
) -> None:
    """Prints one JSON object: the normalised items of the body. Never fails on a body, whatever it holds."""
    from gateways.explain import explain, explain_batch

    out = sys.stdout.buffer
    if batch:
        with _opened(body) as lines:
            for answer in explain_batch(lines):
                out.write(orjson.dumps(answer) + b"\n")
                out.flush()
        return
    headers = dict(_header(line) for line in header) if header else None
    with _opened(body) as file:
        answer = explain(file.read(), provider, headers=headers, secret=secret)
    out.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2 if sys.stdout.isatty() else None) + b"\n")


def _opened(path: Path | None) -> BinaryIO:
    if path is None or str(path) == "-":
        return sys.stdin.buffer
    try:
        return path.open("rb")
    except OSError as error:  # absent, a folder, not ours to read
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="body") from None


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise typer.BadParameter(f"not `Name: value`: {line}")
    return name.strip(), value.strip()
