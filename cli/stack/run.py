"""Runs a plan under the supervisor, alone or with something beside it (the demo)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TextIO

from cli.stack.environment import announced
from cli.stack.plan import JARS, Plan, make_plan
from cli.stack.ports import load_ports
from cli.stack.secrets import load_secrets
from embedded.jars import JarMismatch, JarUnavailable, absent_jars, fetch_jars
from embedded.kafka import jar_cache
from embedded.locks import FolderInUse, hold
from embedded.ports import PortUnavailable
from embedded.restarts import RestartPolicy
from embedded.supervisor import Supervisor

PROGRESS_JARS: Final = 10
"""A line for each ten of the 45: some lines a minute on a slow net."""

Beside = Callable[[Plan, Supervisor], Awaitable[None]]


def plan_for(data: Path) -> Plan:
    """Checks ports, makes secrets. Ends the process with one line when a port is taken."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        ports = load_ports()
    except PortUnavailable as refusal:
        sys.exit(f"legion: {refusal}")
    return make_plan(data.resolve(), ports, load_secrets(data))


def fetch_servers(plan: Plan, say: Callable[[str], None]) -> None:
    """Fetches Kafka's jars (45 MB) where they are absent, with progress: in the service itself nobody would see it.

    Ends the process with one line when they are not to be had.
    """
    cache = jar_cache(plan.data / JARS)
    absent = len(absent_jars(cache))
    if not absent:
        return
    say(f"fetching {absent} jars of Kafka, once …")

    def progress(fetched: int, wanted: int) -> None:
        if fetched % PROGRESS_JARS == 0 or fetched == wanted:
            say(f"  {fetched} of {wanted}")

    try:
        fetch_jars(cache, progress)
    except (JarMismatch, JarUnavailable) as refusal:
        sys.exit(f"legion: {refusal}")


async def run_stack(
    plan: Plan, *, out: TextIO, beside: Beside | None = None, policy: RestartPolicy | None = None
) -> int:
    """Until a signal, until `beside` ends the supervisor, or until it gives up. Returns the exit code.

    policy: of restarts, None for the supervisor's own. out: where the services' lines go. An error of `beside` stops
    the stack and is raised.
    """
    supervisor = Supervisor(plan.services, plan.data, policy=policy, out=out)
    company = asyncio.create_task(_beside(beside, plan, supervisor)) if beside else None
    try:
        # Asked before it is announced: the stack that has the folder has its announcement there too.
        os.close(hold(plan.data, wait_s=0))
        with announced(plan):
            code = await supervisor.run()
    except FolderInUse as refusal:
        sys.exit(f"legion: {refusal}")
    finally:
        if company is not None and not company.done():
            company.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await company
    if company is not None and not company.cancelled() and (error := company.exception()):
        raise error
    if supervisor.failure:  # the services' lines may go to a file
        sys.stderr.write(f"legion: {supervisor.failure}\n")
    return code


async def _beside(beside: Beside, plan: Plan, supervisor: Supervisor) -> None:
    try:
        await beside(plan, supervisor)
    except asyncio.CancelledError:
        raise
    except BaseException:
        supervisor.stop()
        raise
