"""`legion setup|api|writer|projector|analytics|streams|signer`: one process each, as the compose file runs them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.main import app
from cli.settings import Settings, load


def _started(name: str, read: Callable[[], Settings] = load) -> Settings:
    from cli.log import configure

    settings = read()
    configure(name, settings.log_level)
    return settings


def _run(settings: Settings, work: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Runs until SIGTERM or SIGINT sets the event; then `work` has its own time to end, and the process ends in any
    case."""
    import uvloop
    from prometheus_client import start_http_server

    from cli.ending import Ending

    ending = Ending()
    if settings.metrics_port:
        start_http_server(settings.metrics_port)

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        watching = asyncio.create_task(ending.with_(stop))
        try:
            await work(settings, stop)
        finally:
            watching.cancel()
            ending.begin()

    uvloop.run(until_stopped())


@app.command("setup")
def setup_command() -> None:
    """Topics, databases, roles, migrations, tables, bootstrap token. Idempotent; needs the admin password.

    Operators run it too: beside the embedded stack it finds that.
    """
    from cli.processes.setup import set_up
    from cli.stack.environment import operator_settings

    asyncio.run(set_up(_started("setup", operator_settings)))


@app.command("api")
def api_command() -> None:
    """Ingress for providers, and /v1."""
    from cli.processes.api import serve

    serve(_started("api"))


@app.command("writer")
def writer_command() -> None:
    """Decides: the only producer of [events]."""
    from cli.processes.writer import run

    _run(_started("writer"), run)


@app.command("projector")
def projector_command() -> None:
    """Journal, read models and effects in PostgreSQL."""
    from cli.processes.projector import run

    _run(_started("projector"), run)


@app.command("analytics")
def analytics_command() -> None:
    """Facts and aggregates in ClickHouse."""
    from cli.processes.analytics import run

    _run(_started("analytics"), run)


@app.command("streams")
def streams_command() -> None:
    """Faust: normalise, hints, and the effect runner."""
    from cli.processes.streams import run

    _run(_started("streams"), run)


@app.command("signer")
def signer_command(
    anew: Annotated[
        bool, typer.Option("--anew", help="begin with a new key although [checkpoints] knows an elder signer")
    ] = False,
) -> None:
    """Signs the heads of the log's chains: into [checkpoints], and into a folder of its own."""
    from functools import partial

    from cli.processes.signer import run

    _run(_started("signer"), partial(run, anew=anew))
