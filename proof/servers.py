"""How proofs and tests start real servers: reserved ports, a child that dies with its parent, a wait for readiness."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from embedded import death, ports

T = TypeVar("T")
START_TIMEOUT_S = 400.0
STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server: the superuser's URI, and a maker of empty databases (returns the new database's URI)."""

    dsn: str
    fresh_database: Callable[[], str]


@dataclass(frozen=True, slots=True)
class ClickHouse:
    """A running HTTP interface: the read-write login, and the analysts' read-only one."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    readonly_user: str
    readonly_password: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def reserved_port() -> Iterator[int]:
    """A free port that no other test run on this machine is given meanwhile (a lock file each, by bind test)."""
    folder = Path(tempfile.gettempdir()) / f"legion-proof-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        port = ports.find_free()
        with (folder / str(port)).open("w") as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if ports.is_free(port):
                yield port
                return


@contextmanager
def data_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that other accounts may enter (Postgres of a root user runs as another), removed after."""
    folder = Path(tempfile.mkdtemp(prefix=f"legion-proof-{prefix}-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Server:
    """One server process of a proof or test. `log` collects its output."""

    argv: Sequence[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start without waiting; must be called in the main thread (see `embedded.death`)."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.argv,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Async-signal-safe: two system calls, everything loaded beforehand.
                preexec_fn=death.child_setup(self.stop_signal),  # noqa: PLW1509 - see above
            )
        return self.process

    def start(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Start and wait for readiness; an early exit or a time-out fails with the log's end."""
        self.spawn()
        self.wait_ready(ready)

    def wait_ready(self, ready: Callable[[], Awaitable[bool]]) -> None:
        process = self.running
        deadline = time.monotonic() + START_TIMEOUT_S

        async def wait() -> bool:
            while time.monotonic() < deadline and process.poll() is None:
                if await ready():
                    return True
                await asyncio.sleep(0.05)
            return False

        if not in_thread(wait):
            raise AssertionError(f"not ready (exit status {process.poll()}):\n{self.tail()}")

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    def tail(self, characters: int = 4000) -> str:
        return self.log.read_text(errors="replace")[-characters:]

    def stop(self) -> int:
        """Graceful stop (or the kill after a time-out); the exit status."""
        self.running.send_signal(self.stop_signal)
        try:
            return self.running.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop:\n{self.tail()}") from None

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        self.running.kill()
        self.running.wait(STOP_TIMEOUT_S)


@contextmanager
def spawned(server: Server) -> Iterator[Server]:
    """Spawned; killed at the end, frozen or not, when it has not ended by itself."""
    server.spawn()
    try:
        yield server
    finally:
        if server.running.poll() is None:
            server.kill()


def in_thread(work: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function to its end outside of any loop that this thread may be running."""

    async def call() -> T:
        return await work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, call()).result()


def wait_for(condition: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Poll until the condition holds; False after the time-out."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
