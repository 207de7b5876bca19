"""`legion play`: recorded webhook bodies, sent at a running Legion's ingress."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Annotated

import orjson
import typer

from cli.main import app
from cli.play import Recording, Skipped, files_of, play, read
from cli.stack.environment import operator_settings
from cli.stack.secrets import load_secrets


@app.command("play")
def play_command(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="files, or folders with .json and .jsonl files")],
    speed: Annotated[float, typer.Option(min=0, help="2: twice the recorded rhythm; 0: without waiting")] = 1.0,
    instance: Annotated[str, typer.Option(help="name of the channel instance at the provider")] = "demo",
    api: Annotated[str | None, typer.Option(help="base URL of the API; default: as the settings say")] = None,
    secret: Annotated[str | None, typer.Option(help="webhook secret; default: the embedded stack's")] = None,
) -> None:
    """Sends each Evolution body to the ingress; says which files are none. Exit 1 if any was not accepted."""
    found = [entry for file in files_of(paths) for entry in read(str(file), file.read_bytes())]
    recordings = [entry for entry in found if isinstance(entry, Recording)]
    for entry in found:
        if isinstance(entry, Skipped):
            typer.echo(f"skipped  {entry.file}: {entry.why}")
    url = f"{api or operator_settings().public_url}/ingress/evolution/{instance}"
    key = secret or _stack_secret()
    statuses: Counter[int] = Counter()

    async def send() -> None:
        async for recording, status in play(recordings, url=url, secret=key, speed=speed):
            statuses[status] += 1
            typer.echo(f"{status or 'no answer'}      {recording.file}")

    asyncio.run(send())
    skipped = len(found) - len(recordings)
    typer.echo(orjson.dumps({"sent": len(recordings), "accepted": statuses[200], "skipped": skipped}).decode())
    if statuses[200] != len(recordings):
        raise typer.Exit(1)


def _stack_secret() -> str:
    """The embedded stack's. Raises typer.BadParameter where none was ever started."""
    folder = operator_settings().data_dir
    if not (folder / "secrets.json").exists():
        raise typer.BadParameter(f"--secret is needed: no embedded stack has its data in {folder}")
    return load_secrets(folder)["WEBHOOK_SECRET"]
