"""Writer processes of a test: started, killed, frozen, thawed by their handle."""

from __future__ import annotations

import itertools
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from proof.servers import Server
from tests.chain_fire.field import Field


@dataclass
class Writers:
    """folder: for logs and schemas. session_s: of the consumer group; the broker allows 1 s and more."""

    ground: Field
    folder: Path
    schemas: Path
    session_s: float = 1.5
    produce_s: float = 3.0
    alive: list[Server] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self, *, lag: int = 0) -> Server:
        options = {
            "bootstrap": self.ground.bootstrap,
            "prefix": self.ground.topics.prefix,
            "partitions": self.ground.partitions,
            "group": self.ground.group,
            "schemas": str(self.schemas),
            "lag": lag,
            "session_s": self.session_s,
            "produce_s": self.produce_s,
        }
        argv = [sys.executable, "-m", "tests.chain_fire.child", json.dumps(options)]
        writer = Server(argv, self.folder / f"writer-{next(self._numbers)}.log", {"PYTHONDONTWRITEBYTECODE": "1"})
        writer.spawn()
        self.alive.append(writer)
        return writer

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
            writer.running.send_signal(signal.SIGCONT)
            writer.kill()
        self.alive.clear()


@contextmanager
def writers_on(field: Field, folder: Path, schemas: Path) -> Iterator[Writers]:
    writers = Writers(field, folder, schemas)
    try:
        yield writers
    finally:
        writers.stop_all()
