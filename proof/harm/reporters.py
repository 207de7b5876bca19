"""Who reports to Meta, in a process of its own, on the servers that it needs."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final, Literal

import orjson

from proof.ground.reporting import Reporting
from proof.ground.simulator import simulator
from proof.ground.whole import all_servers
from proof.ground.world import Ground, ground, until
from proof.servers import Server, spawned

Bug = Literal["renamed", "blamed"]
"""See reporter_program."""

OPEN: Final = ("due", "attempted", "held")
"""States of a report that will still change."""


@asynccontextmanager
async def legion_and_meta() -> AsyncIterator[Ground]:
    with all_servers() as places, simulator("simulators.meta", ready="/_sim/calls") as meta:
        async with ground(places.reporting(meta)) as legion:
            yield legion


@contextmanager
def reporter(legion: Ground, folder: Path, *, point: str | None = None, bug: Bug | None = None) -> Iterator[Server]:
    """point: where it kills itself."""
    given = {"places": asdict(legion.places), "point": point, "bug": bug}
    argv = [sys.executable, "-m", "proof.harm.reporter_program", orjson.dumps(given).decode()]
    server = Server(argv, folder / "reporter.log")
    with spawned(server):
        yield server


async def settled(reporting: Reporting, server: Server, within_s: float) -> list[str]:
    """Leads whose report has no end although a reporter lives."""

    async def ended() -> bool:
        assert server.running.poll() is None, server.tail()
        return not await still_open(reporting)

    try:
        await until("the end of all reports", ended, within_s)
    except AssertionError:
        assert server.running.poll() is None, server.tail()
    return await still_open(reporting)


async def still_open(reporting: Reporting) -> list[str]:
    return [report.lead for report in await reporting.reports() if report.state in OPEN]
