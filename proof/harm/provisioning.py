"""Every process on the way of a company, with a fuse at each step: `python -m proof.bugs.planted` plants it.

The point is told by a file `fuse` in the data folder: whoever reaches it takes the file away and dies. A process that
the supervisor starts anew finds no file, and lives.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cli.processes import streams as root
from cli.settings import Settings
from commands.actions import Action
from commands.answer import Answer, Answerer
from commands.core import PartitionWriter
from commands.intake import Asked
from domain.holding.commands import ConfirmProvisioned, CreateCompany
from domain.holding.events import CompanyCreated, CompanyProvisioned
from domain.kernel.command import Command, CommandMeta
from domain.kernel.stream import Stream
from eventlog.model import Anchor, Commit, Position
from eventlog.producer import CommandLog
from projections.plan import Known, Place, Plan, Questions
from projections.pool import Connection
from projections.postgres import PostgresProjector

SERVICES: Final = ("api", "writer", "projector", "streams")
ASKS: Final = {CreateCompany: "create", ConfirmProvisioned: "confirm"}
SAYS: Final = {CompanyCreated: "created", CompanyProvisioned: "provisioned"}
POINTS: Final = (
    *(f"{step} {ask}" for ask in ASKS.values() for step in ("before", "after", "decided", "acknowledged")),
    *(f"{step} {say}" for say in SAYS.values() for step in ("locked", "planned", "written")),
    "before schema", "within schema", "postgres within schema", "after schema",
)  # fmt: skip
"""By whom: `before`, `after` the API's or the runner's command is in the log; `decided`, `acknowledged` by the writer;
`locked`, `planned`, `written` by the projector; the schema by the runner. At `postgres …` PostgreSQL dies, by who has
lit the fuse."""

SCHEMA_S: Final = 0.03
"""How long a schema is being made, at most: the kill comes at a random moment of it."""

FUSE: Final = "fuse"


def reach(*points: str, within_s: float = 0.0) -> None:
    """Dies at one of these points, if the fuse is at it: at once, or at a random moment within the time."""
    file = Path(os.environ["LEGION_DATA_DIR"]) / FUSE
    try:
        point = file.read_text()
        if point not in points:
            return
        file.unlink()  # one process alone has it
    except FileNotFoundError:
        return
    if point.startswith("postgres"):
        return
    if within_s:
        threading.Timer(random.uniform(0, within_s), _die).start()
    else:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_submit, _answer, _acknowledged = CommandLog.submit, Answerer.answer, PartitionWriter.acknowledged
_ask, _aside, _write, _provision = (
    PostgresProjector._ask,
    PostgresProjector._aside,
    PostgresProjector._write,
    root.provision,
)
_decided: set[str] = set()
"""What the writer has decided and not yet been told to stand in the log."""

_said: dict[int, frozenset[str]] = {}
"""Task → what the batch that it writes says."""


async def submit(self: CommandLog, meta: CommandMeta, command: Command) -> Position:
    ask = ASKS.get(type(command))
    if ask is None:
        return await _submit(self, meta, command)
    reach(f"before {ask}")
    position = await _submit(self, meta, command)
    reach(f"after {ask}")
    return position


def answer(self: Answerer, asked: Asked, head: bytes, at: datetime, streams: Mapping[str, Stream]) -> Answer:
    made = _answer(self, asked, head, at, streams)
    ask = ASKS.get(type(asked.command))
    if ask is not None:
        reach(f"decided {ask}")
        _decided.add(ask)
    return made


def acknowledged(self: PartitionWriter, token: int, offset: int) -> list[Action]:
    reach(*(f"acknowledged {ask}" for ask in _decided))
    _decided.clear()
    return _acknowledged(self, token, offset)


async def ask(
    self: PostgresProjector, conn: Connection, commits: Sequence[Commit], asked: Questions
) -> tuple[dict[int, Anchor], Known]:
    found = await _ask(self, conn, commits, asked)
    reach(*(f"locked {say}" for say in said_by(commits)))
    return found


async def write(self: PostgresProjector, commits: Sequence[Commit], poison: frozenset[Place] = frozenset()) -> None:
    task = id(asyncio.current_task())
    _said[task] = said_by(commits)
    await _write(self, commits, poison)
    reach(*(f"written {say}" for say in _said.pop(task)))


async def aside(self: PostgresProjector, conn: Connection, made: Plan) -> None:
    await _aside(self, conn, made)
    reach(*(f"planned {say}" for say in _said[id(asyncio.current_task())]))


def said_by(commits: Sequence[Commit]) -> frozenset[str]:
    return frozenset(SAYS[type(e.event)] for commit in commits for e in commit.events if type(e.event) in SAYS)


async def provision(settings: Settings, number: int, company: str) -> None:
    reach("before schema")
    reach("within schema", "postgres within schema", within_s=SCHEMA_S)
    await _provision(settings, number, company)
    reach("after schema")


def plant() -> None:
    CommandLog.submit = submit  # type: ignore[method-assign]
    Answerer.answer = answer  # type: ignore[method-assign]
    PartitionWriter.acknowledged = acknowledged  # type: ignore[method-assign]
    PostgresProjector._ask = ask  # type: ignore[method-assign]
    PostgresProjector._write = write  # type: ignore[method-assign]
    PostgresProjector._aside = aside  # type: ignore[method-assign]
    root.provision = provision
