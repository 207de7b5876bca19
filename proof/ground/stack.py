"""`legion` as a person starts it, in a data folder of its own, and which processes belong to that folder."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from embedded import ports
from proof.embedded_servers import JARS

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = 10
"""Ports of the stack, one after the other from its base."""

READY_S = 600.0


def free_base() -> int:
    """The first of `PARTS` free ports in a row, below the kernel's ephemeral range."""
    while True:
        base = ports.find_free()
        if base + PARTS < 32_768 and all(ports.is_free(base + offset) for offset in range(PARTS)):
            return base


@dataclass(frozen=True, slots=True)
class Stack:
    """A running `legion …`. err: its standard error, followed in a file. within: a command that runs a command where
    it runs."""

    process: subprocess.Popen[bytes]
    data: Path
    base: int
    out: Path
    err: Path
    within: tuple[str, ...] = ()

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.base}"

    def tail(self) -> str:
        """What a failure needs to be understood."""
        log = self.data / "legion.log"
        texts = [self.out, self.err, *([log] if log.exists() else [])]
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in texts)


FREE: Final = {f"LEGION_RATE_{name}": "1000000" for name in ("ADDRESS", "CALLER", "COMPANY")}
"""All clients of a claim come from one address, most with one token, and poll: how often they call is not what is
tried."""


@contextmanager
def legion(
    folder: Path,
    *argv: str,
    program: Sequence[str] = ("cli",),
    base: int | None = None,
    within: Sequence[str] = (),
    logs: Path | None = None,
) -> Iterator[Stack]:
    """Runs it; whatever is left at the end is killed, by its process id. program: another module, and what it is given,
    in the place of `legion`. base: ports of an earlier run on the same data. within: a command that runs a command
    somewhere else. logs: folder of what it says, if not `folder`."""
    data, base = folder / "data", base or free_base()
    data.mkdir(exist_ok=True)
    data.chmod(0o711)  # PostgreSQL of a root user runs as another account
    if not (data / "jars").exists():
        JARS.mkdir(parents=True, exist_ok=True)
        (data / "jars").symlink_to(JARS)
    out, err = (logs or folder) / "out", folder / "err"
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEGION_")}
    with out.open("ab") as output, err.open("ab") as errors:
        process = subprocess.Popen(
            [*within, sys.executable, "-m", *program, *argv, "--data", str(data)],
            cwd=ROOT,
            env={**env, **FREE, "LEGION_STACK_PORT_BASE": str(base)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            yield Stack(process, data, base, out, err, tuple(within))
        finally:
            for pid in {process.pid, *processes_of(data)}:
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    continue
            process.wait()


def processes_of(data: Path) -> dict[int, str]:
    """pid → command line of every process that has to do with the data folder: by arguments, environment or place."""
    wanted, found = str(data).encode(), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            place = str((entry / "cwd").readlink()).encode()
            if wanted in command or wanted in place or wanted in (entry / "environ").read_bytes():
                found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile, or is another account's
    return found


def none_left(data: Path, timeout_s: float) -> dict[int, str]:
    """Waits until no process has to do with the folder; what is left after the time-out."""
    deadline = time.monotonic() + timeout_s
    while (left := processes_of(data)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.api}/health/ready", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_ready(stack: Stack) -> None:
    deadline = time.monotonic() + READY_S
    while not ready(stack):
        assert stack.process.poll() is None, stack.tail()
        assert time.monotonic() < deadline, stack.tail()
        time.sleep(0.2)


def operate(stack: Stack, *argv: str, timeout_s: float = 240) -> subprocess.CompletedProcess[bytes]:
    """A command in a second terminal, which knows of the stack only where its data are."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LEGION_")}
    command = [*stack.within, sys.executable, "-m", "cli", *argv]
    env = {**bare, "LEGION_DATA_DIR": str(stack.data)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=timeout_s, check=False)
