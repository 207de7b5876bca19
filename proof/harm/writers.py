"""Writer processes and witnesses: started, killed, frozen, thawed by their handles."""

from __future__ import annotations

import itertools
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from proof.ground.field import Field
from proof.ground.notes import Notes
from proof.servers import Server

LAGS: Final = (0, 3, 40)
"""Commits that a journal holds back."""


@dataclass
class Writers:
    """folder: for logs and schemas. session_s: of the consumer group; the broker allows 1 s and more. door: how writers
    reach the broker, if not as the oracle does. bug, witness_bug: planted in them (`proof.bugs`)."""

    ground: Field
    folder: Path
    schemas: Path
    session_s: float = 1.5
    produce_s: float = 3.0
    door: str = ""
    bug: str = ""
    witness_bug: str = ""
    alive: list[Server] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self, *, lag: int = 0) -> Server:
        options = self._options(self.bug) | {
            "bootstrap": self.door or self.ground.bootstrap,
            "journal": self.ground.bootstrap,
            "group": self.ground.group,
            "lag": lag,
            "session_s": self.session_s,
            "produce_s": self.produce_s,
        }
        return self._run("proof.ground.writer_program", options)

    def watch(self, name: str = "applied") -> Notes:
        """Starts a witness: a reader that notes what it applies, unharmed all the while."""
        notes = Notes(self.folder / name)
        self._run("proof.ground.witness_program", self._options(self.witness_bug) | {"out": str(notes.file)})
        return notes

    def replace(self, writer: Server, rng: random.Random) -> Server:
        """kill -9, and another one from a journal of its own that lags."""
        self.kill(writer)
        return self.start(lag=rng.choice(LAGS))

    def kill(self, writer: Server) -> None:
        """kill -9."""
        writer.kill()
        self.alive.remove(writer)

    def freeze(self, writer: Server) -> None:
        writer.running.send_signal(signal.SIGSTOP)

    def thaw(self, writer: Server) -> None:
        writer.running.send_signal(signal.SIGCONT)

    def check_alive(self) -> None:
        for writer in self.alive:
            assert writer.running.poll() is None, writer.tail()

    async def progress(self, records: int) -> None:
        """Waits until [events] has grown by so many records."""
        await self.ground.grown(records, meanwhile=self.check_alive)

    def stop_all(self) -> None:
        for writer in self.alive:
            self.thaw(writer)
            writer.kill()
        self.alive.clear()

    def _options(self, bug: str) -> dict[str, Any]:
        return {
            "bootstrap": self.ground.bootstrap,
            "prefix": self.ground.topics.prefix,
            "partitions": self.ground.partitions,
            "schemas": str(self.schemas),
            "bug": bug,
        }

    def _run(self, module: str, options: dict[str, Any]) -> Server:
        argv = [sys.executable, "-m", module, orjson.dumps(options).decode()]
        log = self.folder / f"{module.rpartition('.')[2]}-{next(self._numbers)}.log"
        server = Server(argv, log, {"PYTHONDONTWRITEBYTECODE": ""})
        server.spawn()
        self.alive.append(server)
        return server


@contextmanager
def writers_on(ground: Field, folder: Path, schemas: Path, **settings: Any) -> Iterator[Writers]:
    """settings: fields of `Writers`."""
    writers = Writers(ground, folder, schemas, **settings)
    try:
        yield writers
    finally:
        writers.stop_all()
