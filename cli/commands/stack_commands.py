"""`legion up` and `legion demo`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.main import app

Data = Annotated[Path, typer.Option(help="where everything is kept; a later start continues on it")]


@app.command("up")
def up_command(data: Data = Path(".legion")) -> None:
    """The embedded stack: servers, simulators and every process of Legion, until Ctrl-C."""
    from cli.stack.run import fetch_servers, plan_for, run_stack

    plan = plan_for(data)
    fetch_servers(plan, typer.echo)
    for name, url in plan.urls.items():
        typer.echo(f"{name:11} {url}")
    typer.echo(f"{'token':11} {plan.token_file}")
    raise typer.Exit(asyncio.run(run_stack(plan, out=sys.stdout)))


@app.command("demo")
def demo_command(
    once: Annotated[bool, typer.Option(help="end by itself; the last line is JSON")] = False,
    data: Data = Path(".legion"),
) -> None:
    """The embedded stack with the main job before your eyes: a lead writes, the Centurion answers once."""
    from cli.demo.run import run_demo

    raise typer.Exit(asyncio.run(run_demo(data, once=once)))
