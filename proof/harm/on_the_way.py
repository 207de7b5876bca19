"""Fuses on the way of one kind of command, from who asks to the read models: a module with `plant()` calls `fuses`.

The point is told by a file `fuse` in the data folder: whoever reaches it takes the file away and dies. A process that
the supervisor starts anew finds no file, and lives.

Points: `before`, `after` the command is in the log, by who asks; `decided`, `acknowledged` by the writer; `locked`,
`planned`, `written` by the projector.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from commands.actions import Action
from commands.answer import Answer, Answerer
from commands.core import PartitionWriter
from commands.intake import Asked
from domain.kernel.command import Command, CommandMeta
from domain.kernel.event import Event
from domain.kernel.stream import Stream
from eventlog.model import Anchor, Commit, Position
from eventlog.producer import CommandLog
from projections.plan import Known, Place, Plan, Questions
from projections.pool import Connection
from projections.postgres import PostgresProjector

FUSE: Final = "fuse"
POLL_S: Final = 0.005
DIED_S: Final = 240.0

Asks = Mapping[type[Command], str]
Says = Mapping[type[Event], str]


def points(asks: Iterable[str], says: Iterable[str]) -> tuple[str, ...]:
    """All of these commands and events, by their short names."""
    return (
        *(f"{step} {ask}" for ask in asks for step in ("before", "after", "decided", "acknowledged")),
        *(f"{step} {say}" for say in says for step in ("locked", "planned", "written")),
    )


@dataclass(frozen=True, slots=True)
class Light:
    """A fuse that is lit; its file is gone once somebody has reached the point."""

    file: Path

    async def burnt(self) -> bool:
        """Waits until somebody has reached the point. False where nobody came; the fuse is out then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DIED_S):
                while self.lit:
                    await asyncio.sleep(POLL_S)
            return True
        self.put_out()
        return False

    @property
    def lit(self) -> bool:
        return self.file.exists()

    def put_out(self) -> None:
        self.file.unlink(missing_ok=True)


def light(data: Path, point: str) -> Light:
    fuse = data / FUSE
    fuse.write_text(point)
    return Light(fuse)


def reach(*here: str, within_s: float = 0.0) -> None:
    """Dies at one of these points, if the fuse is at it: at once, or at a random moment within the time."""
    file = Path(os.environ["LEGION_DATA_DIR"]) / FUSE
    try:
        point = file.read_text()
        if point not in here:
            return
        file.unlink()  # one process alone has it
    except FileNotFoundError:
        return
    if point.startswith("postgres"):
        return  # who has lit it kills PostgreSQL
    if within_s:
        threading.Timer(random.uniform(0, within_s), _die).start()
    else:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fuses(asks: Asks, says: Says) -> None:
    """Into this process, whichever of Legion's it is."""
    _into_asking(asks)
    _into_writer(asks)
    _into_projector(says)


def _into_asking(asks: Asks) -> None:
    real = CommandLog.submit

    async def submit(self: CommandLog, meta: CommandMeta, command: Command) -> Position:
        ask = asks.get(type(command))
        if ask is None:
            return await real(self, meta, command)
        reach(f"before {ask}")
        position = await real(self, meta, command)
        reach(f"after {ask}")
        return position

    CommandLog.submit = submit  # type: ignore[method-assign]


def _into_writer(asks: Asks) -> None:
    real_answer, real_acknowledged = Answerer.answer, PartitionWriter.acknowledged
    decided: set[str] = set()  # and not yet told to stand in the log

    def answer(self: Answerer, asked: Asked, head: bytes, at: datetime, streams: Mapping[str, Stream]) -> Answer:
        made = real_answer(self, asked, head, at, streams)
        ask = asks.get(type(asked.command)) if asked.command is not None else None
        if ask is not None:
            reach(f"decided {ask}")
            decided.add(ask)
        return made

    def acknowledged(self: PartitionWriter, token: int, offset: int) -> list[Action]:
        reach(*(f"acknowledged {ask}" for ask in decided))
        decided.clear()
        return real_acknowledged(self, token, offset)

    Answerer.answer = answer  # type: ignore[method-assign]
    PartitionWriter.acknowledged = acknowledged  # type: ignore[method-assign]


def _into_projector(says: Says) -> None:
    real_ask, real_aside, real_write = PostgresProjector._ask, PostgresProjector._aside, PostgresProjector._write
    said: dict[int, frozenset[str]] = {}  # by task: what the batch that it writes says

    def said_by(commits: Sequence[Commit]) -> frozenset[str]:
        return frozenset(says[type(e.event)] for commit in commits for e in commit.events if type(e.event) in says)

    async def ask(
        self: PostgresProjector, conn: Connection, commits: Sequence[Commit], asked: Questions
    ) -> tuple[dict[int, Anchor], Known]:
        found = await real_ask(self, conn, commits, asked)
        reach(*(f"locked {say}" for say in said_by(commits)))
        return found

    async def write(self: PostgresProjector, commits: Sequence[Commit], poison: frozenset[Place] = frozenset()) -> None:
        task = id(asyncio.current_task())
        said[task] = said_by(commits)
        await real_write(self, commits, poison)
        reach(*(f"written {say}" for say in said.pop(task)))

    async def aside(self: PostgresProjector, conn: Connection, made: Plan) -> None:
        await real_aside(self, conn, made)
        reach(*(f"planned {say}" for say in said[id(asyncio.current_task())]))

    PostgresProjector._ask = ask  # type: ignore[method-assign]
    PostgresProjector._write = write  # type: ignore[method-assign]
    PostgresProjector._aside = aside  # type: ignore[method-assign]
